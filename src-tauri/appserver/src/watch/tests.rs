//! Servers that come, go and change places.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::fake::{Fake, LONG, Peer};

struct Watched {
    folder: TempDir,
    told: mpsc::Receiver<Told>,
    _watch: Watch,
}

impl Watched {
    /// Watches a home below a folder that is empty as yet.
    fn new() -> Self {
        Self::trying_after(SOON)
    }

    fn trying_after(first: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (tell, told) = mpsc::channel(64);
        let watch = Watch::start_with(folder.path().join("home/.codex"), tell, Tries::after(first));
        Self { _watch: watch, told, folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home/.codex")
    }

    async fn next(&mut self) -> News {
        next(&mut self.told).await.news
    }

    /// A client comes to this server, and is greeted.
    async fn attached(&mut self, server: &Fake) -> (Peer, Attachment) {
        let peer = server.accept().await;
        match self.next().await {
            News::Attached(attachment) => (peer, attachment),
            other => panic!("{other:?}"),
        }
    }

    async fn lost(&mut self, expected: Loss) {
        let news = self.next().await;
        assert!(matches!(&news, News::Event(Event::Lost(loss)) if *loss == expected), "{news:?}");
    }
}

async fn next(told: &mut mpsc::Receiver<Told>) -> Told {
    timeout(LONG, told.recv()).await.unwrap().unwrap()
}

fn thread(id: &str, status: &str) -> Value {
    json!({ "id": id, "status": { "type": status, "activeFlags": [] }, "ephemeral": id.starts_with("ephemeral") })
}

/// The calls by which this thread is followed.
async fn is_followed(peer: &mut Peer, id: &str) {
    let asked = peer.replies("thread/read", json!({ "thread": thread(id, "idle") })).await;
    assert_eq!(asked["threadId"], id);
    let asked = peer.replies("thread/resume", json!({ "thread": thread(id, "idle") })).await;
    assert_eq!(asked, json!({ "threadId": id, "excludeTurns": true }), "nothing of the thread is to change");
}

async fn refuses(peer: &mut Peer, method: &str) {
    let call = peer.heard().await;
    assert_eq!(call["method"], method);
    peer.say(json!({ "id": call["id"], "error": { "code": -32600, "message": "no rollout found" } })).await;
}

fn active(id: &str) -> Value {
    json!({ "method": "thread/status/changed", "params": { "threadId": id, "status": { "type": "active" } } })
}

#[tokio::test]
async fn a_server_is_found_when_it_starts_and_again_when_it_is_back() {
    let mut watched = Watched::new();
    for folder in ["home", "home/.codex", "home/.codex/app-server-control"] {
        fs::create_dir(watched.folder.path().join(folder)).unwrap();
    }
    let server = Fake::listen(&watched.home());
    let (peer, _) = watched.attached(&server).await;
    drop((server, peer));
    watched.lost(Loss::Ended).await;

    // It leaves its socket behind, and another takes its place.
    let server = Fake::listen(&watched.home());
    let (peer, _) = watched.attached(&server).await;
    drop((server, peer));
    watched.lost(Loss::Ended).await;

    fs::remove_dir_all(watched.home()).unwrap();
    let server = Fake::listen(&watched.home());
    watched.attached(&server).await;
}

#[tokio::test]
async fn a_socket_that_nobody_listens_on_is_no_server_until_one_does() {
    let mut watched = Watched::new();
    drop(Fake::listen(&watched.home()));
    let server = Fake::listen(&watched.home());
    watched.attached(&server).await;
}

#[tokio::test]
async fn a_server_that_only_ended_the_connection_is_connected_to_again() {
    let mut watched = Watched::new();
    let server = Fake::listen(&watched.home());
    for _ in 0..3 {
        let (peer, _) = watched.attached(&server).await;
        drop(peer);
        watched.lost(Loss::Ended).await;
    }
    watched.attached(&server).await;
}

#[tokio::test]
async fn the_server_that_has_the_place_is_the_one() {
    let mut watched = Watched::new();
    let old = Fake::listen(&watched.home());
    let (mut peer, attachment) = watched.attached(&old).await;
    peer.replies("thread/loaded/list", json!({ "data": [] })).await;
    let new = Fake::listen(&watched.home());
    let new_peer = new.accept().await;
    watched.lost(Loss::Replaced).await;
    assert!(matches!(watched.next().await, News::Attached(_)));
    peer.leaves().await;
    assert!(matches!(attachment.loaded().await, Err(Error::Ended(_))));
    drop(new_peer);
}

#[tokio::test]
async fn who_is_no_codex_is_said_so_and_left_alone() {
    let mut watched = Watched::trying_after(Duration::from_micros(500));
    let socket = control_socket(&watched.home());
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = tokio::net::UnixListener::bind(socket).unwrap();
    let count = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&count);
    let stranger = tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
            counts.fetch_add(1, Ordering::Relaxed);
        }
    });
    let news = watched.next().await;
    assert!(matches!(news, News::Failed(Error::NotSpoken(_))), "{news:?}");
    assert!(count.load(Ordering::Relaxed) > TRIES);
    stranger.abort();
}

#[tokio::test]
async fn every_conversation_is_followed_and_nothing_else() {
    let mut watched = Watched::new();
    let server = Fake::listen(&watched.home());
    let (mut peer, _) = watched.attached(&server).await;
    peer.replies("thread/loaded/list", json!({ "data": ["a", "ephemeral", "gone"], "nextCursor": null })).await;
    is_followed(&mut peer, "a").await;
    assert!(matches!(watched.next().await, News::Following(Thread { id, .. }) if id.0 == "a"));
    peer.replies("thread/read", json!({ "thread": thread("ephemeral", "idle") })).await;
    peer.replies("thread/read", json!({ "thread": thread("gone", "notLoaded") })).await;

    for id in ["new", "ephemeral too"] {
        peer.say(json!({ "method": "thread/started", "params": { "thread": thread(id, "idle") } })).await;
        assert!(matches!(watched.next().await, News::Event(Event::ThreadStarted(_))));
    }
    peer.silent().await;
    for id in ["a", "ephemeral", "ephemeral too"] {
        peer.say(active(id)).await;
        assert!(matches!(watched.next().await, News::Event(Event::ThreadStatus { .. })));
    }
    peer.silent().await;
    peer.say(active("new")).await;
    is_followed(&mut peer, "new").await;
}

#[tokio::test]
async fn many_threads_are_followed_one_after_the_other() {
    let mut watched = Watched::new();
    let server = Fake::listen(&watched.home());
    let (mut peer, _) = watched.attached(&server).await;
    let threads: Vec<_> = (0..20).map(|number| format!("thread {number}")).collect();
    peer.replies("thread/loaded/list", json!({ "data": threads })).await;
    for id in &threads {
        is_followed(&mut peer, id).await;
        assert!(matches!(watched.next().await, News::Following(thread) if thread.id.0 == *id));
    }
    peer.silent().await;
}

#[tokio::test]
async fn a_thread_that_cannot_be_followed_yet_is_when_it_is_active() {
    let mut watched = Watched::new();
    let server = Fake::listen(&watched.home());
    let (mut peer, _) = watched.attached(&server).await;
    peer.replies("thread/loaded/list", json!({ "data": ["a"] })).await;
    peer.replies("thread/read", json!({ "thread": thread("a", "idle") })).await;
    refuses(&mut peer, "thread/resume").await;
    peer.silent().await;

    peer.say(active("a")).await;
    assert!(matches!(watched.next().await, News::Event(Event::ThreadStatus { .. })));
    peer.replies("thread/read", json!({ "thread": thread("a", "active") })).await;
    refuses(&mut peer, "thread/resume").await;
    let news = watched.next().await;
    assert!(matches!(&news, News::NotFollowed { thread: Some(id), .. } if id.0 == "a"), "{news:?}");

    peer.say(active("a")).await;
    is_followed(&mut peer, "a").await;
}

#[tokio::test]
async fn several_homes_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, mut told) = mpsc::channel(64);
    let homes = ["one", "two"].map(|name| folder.path().join(name));
    let watches = homes.clone().map(|home| Watch::start(home, tell.clone()));
    for home in homes.iter().rev() {
        let server = Fake::listen(home);
        let peer = server.accept().await;
        let news = next(&mut told).await;
        assert_eq!((&*news.home, matches!(news.news, News::Attached(_))), (home.as_path(), true));
        drop((server, peer));
        assert_eq!(&*next(&mut told).await.home, home.as_path());
    }
    drop(watches);
    drop(tell);
    assert!(timeout(LONG, told.recv()).await.unwrap().is_none(), "nothing of a dropped watch goes on");
}
