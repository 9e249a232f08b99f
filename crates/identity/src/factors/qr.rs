//! The picture that an authenticator app scans, made here: no secret goes to another's server (SECURITY MF-5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// Pixels of one module's side.
const MODULE: usize = 6;
/// The quiet zone around it, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// `text` as a QR code: a PNG in a `data:` address. `None` when it is too long for one.
pub(super) fn data_uri(text: &str) -> Option<Zeroizing<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let png = Zeroizing::new(png(&code)?);
    let mut uri = Zeroizing::new(String::from("data:image/png;base64,"));
    STANDARD.encode_string(&*png, &mut uri);
    Some(uri)
}

/// One bit a pixel: black is 0, white is 1.
fn png(code: &QrCode) -> Option<Vec<u8>> {
    let modules = code.width();
    let side = (modules + 2 * QUIET) * MODULE;
    let row_bytes = side.div_ceil(8);
    let mut pixels = Zeroizing::new(vec![0xff_u8; row_bytes * side]);
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Light {
            continue;
        }
        let (x, y) = ((index % modules + QUIET) * MODULE, (index / modules + QUIET) * MODULE);
        for (row, column) in (y..y + MODULE).flat_map(|row| (x..x + MODULE).map(move |column| (row, column)))
        {
            if let Some(byte) = pixels.get_mut(row * row_bytes + column / 8) {
                *byte &= !(0x80 >> (column % 8));
            }
        }
    }
    let mut picture = Vec::new();
    let side = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut picture, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What another implementation reads in a picture of ours.
    fn decoded(uri: &str) -> String {
        let png = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let (width, height) = (usize::try_from(frame.width).unwrap(), usize::try_from(frame.height).unwrap());
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn the_picture_reads_back_as_the_text() {
        for text in [
            "otpauth://totp/Florin%20Bank:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Florin%20Bank",
            &format!("otpauth://totp/{}", "long%20".repeat(60)),
        ] {
            assert_eq!(decoded(&data_uri(text).unwrap()), text);
        }
    }

    #[test]
    fn what_does_not_fit_makes_no_picture() {
        assert!(data_uri(&"x".repeat(4_000)).is_none());
    }
}
