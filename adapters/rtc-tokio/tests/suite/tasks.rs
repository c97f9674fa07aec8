//! What tokio can tell of its tasks, and what becomes of connections without it.

use core::future::Future;
use core::time::Duration;

use rtc_tokio::{Config, ConnectError, Error, Message, PeerConnection};

use crate::common::{channel, pattern, within};

#[tokio::test]
async fn fifty_connections_share_a_runtime_and_leave_no_task_behind() {
    let tasks = tokio::runtime::Handle::current().metrics();
    assert_eq!(tasks.num_alive_tasks(), 0);
    let pairs: Vec<_> = (0..50)
        .map(|index: usize| {
            tokio::spawn(async move {
                let (pair, ours, theirs) = channel().await;
                for round in 0..10 {
                    ours.send(pattern(10_000, index + round)).await.unwrap();
                    let message = within(20, theirs.recv()).await;
                    assert!(message == Some(Message::from(pattern(10_000, index + round))));
                }
                (pair, ours, theirs)
            })
        })
        .collect();
    let mut alive = Vec::new();
    for pair in pairs {
        alive.push(within(60, pair).await.unwrap());
    }
    assert_eq!(tasks.num_alive_tasks(), 100);
    drop(alive);
    within(10, async {
        while tasks.num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_idle_connection_sleeps() {
    let (_pair, ours, theirs) = channel().await;
    ours.send("ping").await.unwrap();
    assert_eq!(within(10, theirs.recv()).await, Some(Message::from("ping")));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let metrics = tokio::runtime::Handle::current().metrics();
    let (wakes, busy) = (metrics.worker_park_count(0), metrics.worker_total_busy_duration(0));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let wakes = metrics.worker_park_count(0) - wakes;
    let busy = metrics.worker_total_busy_duration(0) - busy;
    assert!(wakes < 100, "{wakes} wakes in two idle seconds");
    assert!(busy < Duration::from_millis(500), "busy for {busy:?} in two idle seconds");
}

#[test]
fn handles_outlive_their_runtime_without_waiting_for_ever() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (pair, ours, _theirs) = runtime.block_on(channel());
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(within(5, async {
        assert_eq!(ours.recv().await, None);
        assert!(pair.alice.accept().await.is_none());
        assert_eq!(pair.bob.connected().await, Err(ConnectError::Closed));
        ours.closed().await;
    }));
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let mut future = core::pin::pin!(PeerConnection::new(Config::loopback()));
    let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
    assert!(matches!(
        future.as_mut().poll(&mut cx),
        core::task::Poll::Ready(Err(Error::NoRuntime))
    ));
}
