//! Pictures on disk: bounded reading of JPEG and PNG, and writing.

use std::io::Cursor;
use std::path::{Component, Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageReader, Limits};
use rankine_learn::Picture;

/// Longest side of a picture that is read, in pixels.
const LONGEST: u32 = 16_384;
/// Most bytes that a picture may take in memory.
const LARGEST: u64 = 256 << 20;
/// Largest file that is read.
const FILE: u64 = 64 << 20;
/// Quality of the JPEGs that are written, of 100.
const QUALITY: u8 = 92;

/// Whether a file's name ends like that of a picture that can be read.
pub fn is_picture(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
    matches!(end.as_deref(), Some("jpg" | "jpeg" | "png"))
}

/// The folder to which a log's pictures are relative: the log's own.
pub fn root(data: &Path) -> PathBuf {
    if data.is_dir() { data.to_owned() } else { data.parent().unwrap_or(Path::new("")).to_owned() }
}

/// The pictures of a folder and of those below it, and what else is wanted, by their paths in it, ascending. A link
/// to a file is that file; one to a folder is not followed, since it may lead back.
///
/// # Errors
/// Where a folder cannot be read.
pub fn below(folder: &Path, deep: usize, also: &dyn Fn(&Path) -> bool) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    gather(folder, Path::new(""), deep, also, &mut found)?;
    found.sort();
    Ok(found)
}

fn gather(
    folder: &Path,
    within: &Path,
    deep: usize,
    also: &dyn Fn(&Path) -> bool,
    into: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), within.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            if deep > 0 {
                gather(&path, &name, deep - 1, also, into)?;
            }
        } else if (is_picture(&name) || also(&name)) && path.is_file() {
            into.push(name);
        }
    }
    Ok(())
}

/// Where a picture named by a log lies.
///
/// # Errors
/// A sentence, where the name leads out of the log's folder.
pub fn place(root: &Path, name: &str) -> Result<PathBuf, String> {
    let name = Path::new(name);
    if name.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        Ok(root.join(name))
    } else {
        Err("a picture's path must be relative to the log's folder, and stay in it".to_owned())
    }
}

/// The bytes of a picture's file, named by a log.
///
/// # Errors
/// A sentence, where it is not there, lies elsewhere or is too large.
pub fn bytes(root: &Path, name: &str) -> Result<Vec<u8>, String> {
    file(&place(root, name)?)
}

/// The bytes of a picture's file.
///
/// # Errors
/// A sentence, where it is not there or too large.
pub fn file(path: &Path) -> Result<Vec<u8>, String> {
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if found.len() > FILE {
        return Err(format!("its file is larger than {} MiB", FILE >> 20));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// A picture named by a log.
///
/// # Errors
/// A sentence, where it cannot be read.
pub fn read(root: &Path, name: &str) -> Result<Picture, String> {
    decode(&bytes(root, name)?)
}

/// A picture from the bytes of its file; transparency is dropped.
///
/// # Errors
/// A sentence, where they are neither JPEG nor PNG, damaged, or too large.
pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    reader.limits(limits());
    let decoded = reader.decode().map_err(|error| error.to_string())?.into_rgb8();
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    Ok(Picture { width, height, pixels: decoded.into_raw() })
}

/// Width and height of a picture, from the beginning of its file.
///
/// # Errors
/// A sentence, where it is neither JPEG nor PNG.
pub fn size(path: &Path) -> Result<(u32, u32), String> {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|error| error.to_string())?;
    reader.limits(limits());
    reader.into_dimensions().map_err(|error| error.to_string())
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(LARGEST);
    limits
}

/// A picture as PNG, every pixel kept.
///
/// # Errors
/// A sentence, where its bytes do not fit its size.
pub fn png(picture: &Picture) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encode(picture, encoder)?;
    Ok(bytes)
}

/// A picture as JPEG.
///
/// # Errors
/// A sentence, where its bytes do not fit its size.
pub fn jpeg(picture: &Picture) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    encode(picture, JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
    Ok(bytes)
}

fn encode(picture: &Picture, encoder: impl ImageEncoder) -> Result<(), String> {
    let (width, height) = (picture.width as u32, picture.height as u32);
    if !picture.sound() || width == 0 || height == 0 {
        return Err("the picture has no pixels, or not as many as its size says".to_owned());
    }
    encoder
        .write_image(&picture.pixels, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_damage_is_told() {
        let mut picture = Picture::of(31, 17, [10, 200, 30]);
        (0..17).for_each(|y| picture.set(y, y, [250, 0, y as u8]));
        let bytes = png(&picture).unwrap();
        assert_eq!(decode(&bytes).unwrap(), picture);
        let near = decode(&jpeg(&picture).unwrap()).unwrap();
        assert_eq!((near.width, near.height), (31, 17));
        assert!(png(&Picture { width: 9, ..picture.clone() }).is_err());
        assert!(png(&Picture::default()).is_err());
        for cut in [0, 1, 8, 40, bytes.len() / 2] {
            assert!(decode(&bytes[..cut]).is_err(), "{cut}");
        }
        for at in 0..bytes.len() {
            let mut odd = bytes.clone();
            odd[at] ^= 0x55;
            // Whatever it gives, it gives it without a panic.
            let _ = decode(&odd);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_files_and_links_to_folders_are_nothing() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("in").join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        std::fs::create_dir(folder.path().join("apart")).unwrap();
        for name in ["a/one.png", "a/b/two.JPG", "a/b/two.txt", "notes.md", "../apart/three.png"] {
            std::fs::write(at(name), "").unwrap();
        }
        symlink(folder.path().join("apart/three.png"), at("linked.png")).unwrap();
        symlink(folder.path().join("apart"), at("folder")).unwrap();
        symlink(folder.path().join("apart"), at("folder.png")).unwrap();
        symlink(folder.path().join("gone.png"), at("dangling.png")).unwrap();
        symlink(at("."), at("a/back")).unwrap();
        let found = |deep: usize, also: &dyn Fn(&Path) -> bool| -> Vec<String> {
            let found = below(&folder.path().join("in"), deep, also).unwrap();
            found.iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(found(9, &|_| false), ["a/b/two.JPG", "a/one.png", "linked.png"]);
        assert_eq!(found(1, &|_| false), ["a/one.png", "linked.png"]);
        let text = |path: &Path| path.extension().is_some_and(|end| end == "txt");
        assert_eq!(found(2, &text), ["a/b/two.JPG", "a/b/two.txt", "a/one.png", "linked.png"]);
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        let root = Path::new("log");
        assert_eq!(place(root, "a/b.png").unwrap(), Path::new("log/a/b.png"));
        for name in ["/etc/a.png", "../a.png", "a/../../b.png"] {
            assert!(place(root, name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused() {
        // The size stands in the header; the check of its bytes is not looked at before the bound.
        let mut bytes = png(&Picture::of(2, 2, [0; 3])).unwrap();
        bytes[16..24].copy_from_slice(&[0, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff]);
        assert!(decode(&bytes).is_err());
    }
}
