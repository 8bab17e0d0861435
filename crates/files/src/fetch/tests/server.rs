//! A server that gives one scripted answer to each connection, then no more.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) struct Answer {
    bytes: Vec<u8>,
    /// How many of the bytes come at once; the others follow one by one, with a pause before each.
    at_once: usize,
    pause: Duration,
    silence: Duration,
}

impl Answer {
    /// A head such as `200 OK` with its headers, each on a line, and the body as it is.
    pub(super) fn new(head: &str, body: &[u8]) -> Self {
        let head = head.replace('\n', "\r\n");
        Self::of([format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes(), body].concat())
    }

    pub(super) fn whole(body: &[u8]) -> Self {
        Self::new(&format!("200 OK\nContent-Length: {}", body.len()), body)
    }

    /// Announces the whole and ends the connection before it.
    pub(super) fn cut(body: &[u8], at: usize) -> Self {
        Self::new(&format!("200 OK\nContent-Length: {}", body.len()), &body[..at])
    }

    pub(super) fn rest(body: &[u8], from: usize) -> Self {
        let (total, length) = (body.len(), body.len() - from);
        let range = format!("Content-Range: bytes {from}-{}/{total}", total - 1);
        Self::new(&format!("206 Partial Content\n{range}\nContent-Length: {length}"), &body[from..])
    }

    /// Without a word about the size, in one chunk.
    pub(super) fn chunked(body: &[u8]) -> Self {
        let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat();
        Self::new("200 OK\nTransfer-Encoding: chunked", &chunk)
    }

    pub(super) fn nothing() -> Self {
        Self::of(Vec::new())
    }

    fn of(bytes: Vec<u8>) -> Self {
        Self { at_once: bytes.len(), bytes, pause: Duration::ZERO, silence: Duration::ZERO }
    }

    /// Gives the last bytes one by one.
    pub(super) fn dripping(mut self, last: usize, pause: Duration) -> Self {
        self.at_once = self.bytes.len() - last;
        self.pause = pause;
        self
    }

    /// Holds the connection open and says nothing more.
    pub(super) fn then_silence(mut self) -> Self {
        self.silence = Duration::from_secs(5);
        self
    }
}

pub(super) struct Server {
    pub(super) address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on this machine");
        let port = listener.local_addr().expect("the listener is bound").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        std::thread::spawn(move || serve(&listener, script, &heard));
        Self { address: format!("http://127.0.0.1:{port}/opening.txt"), requests }
    }

    /// The heads of the requests so far, in lower case.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no thread panicked").clone()
    }
}

fn serve(listener: &TcpListener, script: Vec<Answer>, heard: &Mutex<Vec<String>>) {
    for answer in script {
        let (stream, _) = listener.accept().expect("the listener is bound");
        heard.lock().expect("no thread panicked").push(head(&stream));
        std::thread::spawn(move || give(stream, &answer));
    }
}

fn head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(|line| line.expect("requests are text"));
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n").to_lowercase()
}

/// The client may have hung up already, as when an answer is larger than it wants.
fn give(mut stream: TcpStream, answer: &Answer) {
    let (at_once, dripping) = answer.bytes.split_at(answer.at_once);
    let _ = stream.write_all(at_once);
    for byte in dripping.chunks(1) {
        std::thread::sleep(answer.pause);
        if stream.write_all(byte).is_err() {
            return;
        }
    }
    std::thread::sleep(answer.silence);
}
