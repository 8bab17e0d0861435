//! Links, and what is no file.
#![cfg(unix)]

use super::*;
use std::os::unix::fs::symlink;

#[test]
fn links_within_the_folder_are_followed() {
    let home = Home::new().with("elsewhere.safetensors", vector("a", &[1.0]));
    symlink("elsewhere.safetensors", home.at("model.safetensors")).expect("writable");
    assert!(home.weights().expect("it is sound").contains("a"));
}

#[test]
fn links_out_of_the_folder_are_not() {
    for name in ["config.json", "model.safetensors"] {
        let other = Home::of(&vector("secret", &[1.0]));
        let home = Home::of(&vector("a", &[1.0])).without(name);
        symlink(other.at(name), home.at(name)).expect("writable");
        let target = other.at(name).canonicalize().expect("it is there");
        let expected = format!("~/{name} leads out of its folder, to {}; put the file itself there", target.display());
        assert_eq!(home.complaint(), expected);
    }
}

/// As `huggingface_hub` lays its cache out.
#[test]
fn a_snapshot_of_the_hubs_cache_is_read() {
    let cache = Home::new().with("blobs/1234", vector("a", &[1.0])).with("blobs/56", r#"{"model_type": "bert"}"#);
    let cache = cache.with("outside", vector("a", &[1.0])).with("snapshots/abc/README.md", "");
    let snapshot = cache.at("snapshots/abc");
    symlink("../../blobs/1234", snapshot.join("model.safetensors")).expect("writable");
    symlink("../../blobs/56", snapshot.join("config.json")).expect("writable");
    let folder = Folder::open(&snapshot).expect("it is sound");
    assert_eq!(folder.kind().expect("it is said"), "bert");
    assert!(folder.weights().expect("they are sound").contains("a"));

    fs::remove_file(snapshot.join("model.safetensors")).expect("it is there");
    symlink("../../outside", snapshot.join("model.safetensors")).expect("writable");
    assert!(matches!(folder.weights(), Err(HubError::Outside { .. })));
}

/// Nobody ever writes to this pipe.
#[test]
fn a_pipe_is_not_waited_for() {
    let home = Home::new();
    let made = std::process::Command::new("mkfifo").arg(home.at("model.safetensors")).status();
    if made.is_ok_and(|status| status.success()) {
        let text = "~/model.safetensors is damaged: it is no ordinary file; fetch it again, or ask whoever made it";
        assert_eq!(home.complaint(), text);
    }
}

#[test]
fn a_folder_in_place_of_a_file_is_none() {
    let home = Home::new();
    fs::create_dir(home.at("model.safetensors")).expect("writable");
    assert!(home.complaint().contains("it is no ordinary file"));
}
