//! A hub of one model on this machine, whatever it is called: the list of its files, and the files.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use attentive_files::sha256;
use serde_json::{Value, json};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

pub(crate) struct Hub {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    pub(crate) fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on this machine");
        let address = format!("http://{}", listener.local_addr().expect("the listener is bound"));
        let (folder, asked) = (folder.to_owned(), Arc::new(Mutex::new(Vec::new())));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let path = path(&stream);
                answer(stream, content(&folder, &path));
                heard.lock().expect("no thread panicked").push(path);
            }
        });
        Self { address, asked }
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no thread panicked").clone()
    }
}

fn path(stream: &TcpStream) -> String {
    let lines: Vec<String> =
        BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned()
}

fn content(folder: &Path, path: &str) -> Option<Vec<u8>> {
    match path.split_once(&format!("/resolve/{COMMIT}/")) {
        Some((_, file)) => fs::read(folder.join(file)).ok(),
        None => path.starts_with("/api/models/").then(|| listing(folder).to_string().into_bytes()),
    }
}

fn listing(folder: &Path) -> Value {
    let entries = fs::read_dir(folder).expect("the model is there").map(|entry| entry.expect("it can be read").path());
    let file = |path: PathBuf| {
        let (name, bytes) =
            (path.file_name().expect("it has a name").to_string_lossy().into_owned(), fs::read(&path).expect("a file"));
        json!({"rfilename": name, "size": bytes.len(), "blobId": COMMIT, "lfs": {"sha256": sha256(&bytes), "size": bytes.len()}})
    };
    json!({"sha": COMMIT, "siblings": entries.map(file).collect::<Vec<_>>()})
}

fn answer(mut stream: TcpStream, content: Option<Vec<u8>>) {
    let (status, body) = content.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // Whoever asked may have gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
