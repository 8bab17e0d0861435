use super::*;
use crate::Picture;

fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(content);
    bytes
}

fn error(pictures: Vec<u8>, labels: Vec<u8>) -> String {
    Made::new(&[("pictures", pictures), ("labels", labels)]).error("kind = \"idx\"", &["pictures", "labels"])
}

#[test]
fn idx_pairs_pictures_with_labels() {
    let content: Vec<u8> = (0..12).collect();
    let made = Made::new(&[("pictures", idx(&[2, 2, 3], &content)), ("labels", idx(&[2], &[7, 5]))]);
    let rows = made.rows("kind = \"idx\"", &["pictures", "labels"]).expect("read");
    let expected = Picture::Pixels { height: 2, width: 3, channels: 1, bytes: (6..12).collect() };
    assert_eq!(rows[1].cells, [("picture".into(), Cell::Picture(expected)), ("label".into(), Cell::Integer(5))]);
    assert_eq!(rows[1].place.line, 2);
}

#[test]
fn a_wrong_idx_file_is_refused_before_anything_is_allocated() {
    let labels = || idx(&[2], &[7, 5]);
    let cut = error(idx(&[2, 2, 3], &[0; 11]), labels());
    assert_eq!(
        cut,
        format!(
            "pictures:1: expected content for the sizes [2, 2, 3] of its header, found 11 bytes of content{COMPARE}"
        )
    );
    let absurd = error(idx(&[u32::MAX; 3], &[0; 12]), labels());
    assert!(absurd.contains("expected content for the sizes [4294967295, 4294967295, 4294967295]"), "{absurd}");
    let short = error(vec![0, 0, 8], labels());
    assert_eq!(short, format!("pictures:1: expected an IDX file of bytes with 3 axes, found 3 bytes{COMPARE}"));
    let other = error(labels().into_iter().chain([0; 16]).collect(), labels());
    assert_eq!(
        other,
        format!(
            "pictures:1: expected an IDX file of bytes with 3 axes, found a file that begins with [00, 00, 08, 01]{COMPARE}"
        )
    );
    let fewer = error(idx(&[2, 1, 1], &[1, 2]), idx(&[3], &[1, 2, 3]));
    assert_eq!(fewer, format!("labels:1: expected 2 labels, one a picture, found 3{COMPARE}"));
}

fn record(label: u8) -> Vec<u8> {
    let plane = |start: usize| (0..1024).map(move |at| ((start + at) % 251) as u8);
    [label].into_iter().chain(plane(0)).chain(plane(100)).chain(plane(200)).collect()
}

#[test]
fn cifar_records_have_planes_that_become_pixels() {
    let made = Made::new(&[("one", record(3)), ("two", [record(9), record(1)].concat())]);
    let rows = made.rows("kind = \"cifar\"\nlabels = [\"label\"]", &["one", "two"]).expect("read");
    let labels: Vec<i64> = rows.iter().map(|row| row.integer("label").expect("a label")).collect();
    assert_eq!(labels, [3, 9, 1]);
    let Picture::Pixels { height: 32, width: 32, channels: 3, bytes } = rows[2].picture("picture").expect("a picture")
    else {
        panic!("32 by 32 pixels in color")
    };
    assert_eq!((bytes[..6].to_vec(), bytes[3069..].to_vec()), (vec![0, 100, 200, 1, 101, 201], vec![19, 119, 219]));
}

#[test]
fn a_cut_record_is_named() {
    let made = Made::new(&[("cut", record(3)[..3000].to_vec()), ("more", [record(3), vec![1]].concat())]);
    let layout = "kind = \"cifar\"\nlabels = [\"label\"]";
    assert_eq!(
        made.error(layout, &["cut"]),
        format!("cut:1: expected records of 3073 bytes, found 3000 bytes at the end{COMPARE}")
    );
    assert_eq!(
        made.error(layout, &["more"]),
        format!("more:2: expected records of 3073 bytes, found 1 bytes at the end{COMPARE}")
    );
}
