//! What codecs leave in front of what they encode, and layers that seal their frames around it.

/// Rows of the table, handed on behind those of the lower layers.
macro_rules! codec_fields {
    ($($below:tt)*) => {
        signalling_fields! {
            $($below)*
            // Opus.
            OpusToc, "opus.TOC", "table of contents", Hex(2), Payload, "";
            OpusConfig, "opus.TOC.config", "mode, bandwidth and duration", Dec, Payload, "kind of sound, and how much of it a packet holds";
            OpusStereo, "opus.TOC.s", "stereo", Dec, Payload, "";
            OpusCode, "opus.TOC.c", "code of the number of frames", Dec, Payload, "";
            OpusCount, "opus.frames", "frames, whether of one size, whether padded", Hex(2), Payload, "";
            OpusFrameLength, "opus.frame_size", "length of a frame", Dec, Payload, "how much each moment of the sound tells";
            OpusPaddingLength, "opus.padding_size", "length of the padding", Dec, Payload, "";
            OpusFrames, "opus.frame_data", "sound", Dec, Payload, "the sound itself";
            OpusPadding, "opus.padding", "padding of the codec", Dec, Payload, "";
            // VP8.
            Vp8First, "vp8.pld.first", "extension, non-reference, start and number of the partition", Hex(2), Payload, "";
            Vp8NonReference, "vp8.pld.n", "non-reference frame", Dec, Payload, "which frames may be left out";
            Vp8Start, "vp8.pld.s", "start of a partition", Dec, Payload, "frame boundaries";
            Vp8Partition, "vp8.pld.partid", "partition", Dec, Payload, "";
            Vp8Extension, "vp8.pld.extension", "what the extension holds", Hex(2), Payload, "";
            Vp8PictureId, "vp8.pld.pictureid", "number of the picture", Dec, Payload, "pictures sent and lost";
            Vp8Tl0, "vp8.pld.tl0picidx", "number of the picture in the base layer", Dec, Payload, "layers of the picture";
            Vp8Layer, "vp8.pld.layer", "temporal layer, sync, key frame index", Hex(2), Payload, "";
            Vp8TemporalLayer, "vp8.pld.tid", "temporal layer", Dec, Payload, "layers of the picture";
            Vp8LayerSync, "vp8.pld.y", "layer sync", Dec, Payload, "";
            Vp8KeyIndex, "vp8.pld.keyidx", "key frame index", Dec, Payload, "";
            Vp8Tag, "vp8.hdr", "frame tag", Hex(6), Payload, "";
            Vp8InterFrame, "vp8.hdr.frametype", "frame that needs earlier ones", Dec, Payload, "key frames: where a picture starts anew";
            Vp8Version, "vp8.hdr.version", "version", Dec, Payload, "";
            Vp8Shown, "vp8.hdr.show", "frame that is shown", Dec, Payload, "";
            Vp8FirstPartition, "vp8.hdr.partition1size", "length of the first partition", Dec, Payload, "how much moves in the picture";
            Vp8StartCode, "vp8.keyframe.startcode", "start code", Hex(6), Payload, "";
            Vp8Width, "vp8.keyframe.width", "width of the picture", Dec, Payload, "camera, and whether a screen is shared";
            Vp8WidthScale, "vp8.keyframe.hscale", "scale of the width", Dec, Payload, "";
            Vp8Height, "vp8.keyframe.height", "height of the picture", Dec, Payload, "camera, and how the phone is held";
            Vp8HeightScale, "vp8.keyframe.vscale", "scale of the height", Dec, Payload, "";
            Vp8Data, "vp8.data", "picture", Dec, Payload, "the picture itself";
            // Layers that seal frames end to end.
            SframeConfig, "sframe.config", "how key and counter are written", Hex(2), Payload, "";
            SframeKeyId, "sframe.kid", "key", Dec, Payload, "who sends, and when keys change";
            SframeCounter, "sframe.ctr", "counter of frames", Dec, Payload, "frames sent and lost";
            SealedFrame, "sframe.encrypted_data", "frame, sealed end to end", Dec, Payload, "its size";
            SealedIv, "sframe.iv", "initialisation vector", Dec, Payload, "what the sender makes it of: often stream, time and count";
            SealedIvLength, "sframe.iv_len", "length of the initialisation vector", Dec, Payload, "";
            SealedKeyId, "sframe.key_index", "key", Dec, Payload, "when keys change";
        }
    };
}
