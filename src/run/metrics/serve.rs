//! An answer to `GET /metrics`, and to nothing else.
//!
//! Prometheus asks one question every some seconds: a server for more would be more to go wrong in
//! a process that captures. One connection at a time, each with little time and little to say.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Time in which a question must be asked and its answer taken.
const PATIENCE: Duration = Duration::from_secs(2);
/// Octets of a question.
const LONGEST: u64 = 8 << 10;
/// The text format that is written.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers with `text` until the program ends.
pub(super) fn answer(listener: &TcpListener, text: &impl Fn() -> Option<String>) {
    for stream in listener.incoming() {
        // Who hangs up, or asks nothing, gets nothing; an interface without room for more is left
        // a moment to get some.
        match stream {
            Ok(stream) => drop(one(&stream, text)),
            Err(_) => std::thread::sleep(PATIENCE),
        }
    }
}

fn one(mut stream: &TcpStream, text: &impl Fn() -> Option<String>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let question = question(stream)?;
    let (status, kind, body) = match question.split(' ').collect::<Vec<_>>().as_slice() {
        ["GET", "/metrics", ..] => match text() {
            Some(body) => ("200 OK", FORMAT, body),
            None => (
                "500 Internal Server Error",
                "text/plain",
                "cannot be written\n".to_owned(),
            ),
        },
        ["GET", ..] => (
            "404 Not Found",
            "text/plain",
            "there is /metrics\n".to_owned(),
        ),
        _ => (
            "405 Method Not Allowed",
            "text/plain",
            "ask with GET\n".to_owned(),
        ),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

/// The first line of a request; the rest of its head is read, since closing before it was would
/// reset the connection under the answer.
fn question(stream: &TcpStream) -> io::Result<String> {
    let lines = BufReader::new(stream.take(LONGEST)).lines();
    let mut head = lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()));
    let question = head.next().transpose()?.unwrap_or_default();
    head.for_each(drop);
    Ok(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(question: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut asking = TcpStream::connect(address).expect("a connection");
        write!(asking, "{question}").expect("sent");
        let (stream, _) = listener.accept().expect("a question");
        one(&stream, &|| Some("all 1\n".to_owned())).expect("answered");
        drop(stream);
        let mut answer = String::new();
        asking.read_to_string(&mut answer).expect("an answer");
        answer
    }

    #[test]
    fn the_numbers_are_told_to_who_asks_for_them() {
        let answer = ask("GET /metrics HTTP/1.1\r\nHost: here\r\nAccept: */*\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nall 1\n"), "{answer}");
    }

    #[test]
    fn nothing_else_is() {
        assert!(ask("GET / HTTP/1.1\r\n\r\n").contains(" 404 "));
        assert!(ask("POST /metrics HTTP/1.1\r\n\r\n").contains(" 405 "));
        assert!(ask("\r\n").contains(" 405 "));
    }
}
