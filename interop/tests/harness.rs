//! The harness itself: values, errors, timeouts, calls of the host, and the end of everything.

use core::time::Duration;
use std::{fs, path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use interop::{Browser, BrowserKind, Error, Launch, Page};
use serde_json::{Value, json};

/// Makes one test per browser of a function that is given a page.
macro_rules! in_both {
    ($($(#[$doc:meta])* async fn $name:ident($page:ident: Page) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn test($page: Page) -> anyhow::Result<()> $body

            #[tokio::test]
            async fn in_chromium() -> anyhow::Result<()> {
                let Some(page) = Page::require(BrowserKind::Chromium).await? else { return Ok(()) };
                test(page).await
            }

            #[tokio::test]
            async fn in_firefox() -> anyhow::Result<()> {
                let Some(page) = Page::require(BrowserKind::Firefox).await? else { return Ok(()) };
                test(page).await
            }
        }
    )*};
}

in_both! {
    async fn values_go_in_by_name_and_come_out_by_type(page: Page) {
        let sum: f64 = page.run("return a + b;", json!({ "a": 1, "b": 1.5 })).await?;
        ensure!(sum == 2.5);
        let back: (String, Vec<u8>) = page
            .run("return [text, Array.from(bytes)];", json!({ "text": "\u{0}\"\u{2028}", "bytes": [1, 2] }))
            .await?;
        ensure!(back == ("\u{0}\"\u{2028}".into(), vec![1, 2]));
        page.run::<()>("await null;", Value::Null).await?;
        let large = "x".repeat(5_000_000);
        let length: String = page.run("return text + '.';", json!({ "text": large })).await?;
        ensure!(length.len() == large.len() + 1);
        ensure!(matches!(page.run::<()>("", json!([1])).await, Err(Error::Arguments)));
        ensure!(matches!(page.run::<u8>("return 'a';", Value::Null).await, Err(Error::Value { .. })));
        Ok(())
    }

    async fn objects_live_across_scripts_but_not_across_pages(page: Page) {
        page.run::<()>("window.kept = new Map([[1, 'one']]);", Value::Null).await?;
        let kept: String = page.run("return kept.get(1);", Value::Null).await?;
        ensure!(kept == "one");
        let other = Browser::shared(page.kind()).await?.page().await?;
        let kept: String = other.run("return typeof kept;", Value::Null).await?;
        ensure!(kept == "undefined");
        Ok(())
    }

    async fn what_a_script_throws_comes_back_with_its_stack(page: Page) {
        let threw = async |body| match page.run::<Value>(body, Value::Null).await {
            Err(Error::Script { thrown, .. }) => Ok(thrown),
            other => Err(anyhow::anyhow!("{other:?}")),
        };
        let thrown = threw("const inner = () => { throw new RangeError('too far'); };\ninner();").await?;
        ensure!((thrown.name.as_str(), thrown.message.as_str()) == ("RangeError", "too far"));
        ensure!(thrown.stack.contains("inner") && thrown.stack.contains("script-"), "{thrown}");

        let thrown = threw("return").await;
        ensure!(thrown.is_err(), "an empty return is null: {thrown:?}");
        ensure!(threw("return }").await?.name == "SyntaxError");
        ensure!(threw("undeclared = 1;").await?.name == "ReferenceError");
        ensure!(threw("const a = {}; a.a = a; return a;").await?.name == "TypeError");
        ensure!(threw("throw { code: 7 };").await?.message == r#"{"code":7}"#);
        ensure!(threw("await Promise.reject();").await?.message == "undefined");
        // A DOMException of another realm than the one that reports it.
        let thrown = threw("await new RTCPeerConnection().setLocalDescription({ type: 'answer' });").await?;
        ensure!(thrown.name == "InvalidStateError", "{thrown}");
        Ok(())
    }

    async fn a_script_that_does_not_end_is_given_up_and_the_page_lives_on(page: Page) {
        let start = Instant::now();
        let slow = page.run_within::<()>(
            Duration::from_millis(300),
            "console.warn('so', { far: 1 }); await new Promise(() => {});",
            Value::Null,
        );
        let error = slow.await.err().context("ended")?;
        ensure!(matches!(error, Error::Timeout { .. }));
        ensure!(error.to_string().contains("warn: so {\"far\":1}"), "{error}");
        ensure!((250..2_000).contains(&start.elapsed().as_millis()));
        ensure!(page.run::<u8>("return 1;", Value::Null).await? == 1);
        Ok(())
    }

    async fn what_nobody_caught_is_on_the_console(page: Page) {
        let error = page
            .run::<()>(
                "setTimeout(() => { throw new Error('from a timer'); }, 0);
                 Promise.reject(new TypeError('from a promise'));
                 await new Promise(resolve => setTimeout(resolve, 200));
                 throw new Error('the end');",
                Value::Null,
            )
            .await
            .err()
            .context("ended well")?;
        let levels: Vec<_> = page.console().0.into_iter().map(|line| line.level).collect();
        ensure!(levels.contains(&"uncaught".into()) && levels.contains(&"unhandled".into()));
        let text = error.to_string();
        for part in ["the end", "from a timer", "from a promise"] {
            ensure!(text.contains(part), "{part} is not in: {text}");
        }
        Ok(())
    }

    async fn scripts_run_side_by_side(page: Page) {
        let (first, second) = tokio::join!(
            page.run::<String>("return await new Promise(resolve => { window.pass = resolve; });", Value::Null),
            page.run::<()>("while (!window.pass) await new Promise(r => setTimeout(r)); pass('on');", Value::Null),
        );
        second?;
        ensure!(first? == "on");
        Ok(())
    }

    async fn scripts_ask_the_test(page: Page) {
        let _serving = page.serve("square", async |number: i64| match number {
            13 => Err("unlucky"),
            number => Ok(number * number),
        });
        let answers: Value = page
            .run(
                "const refused = await host('square', 13).catch(error => error.message);
                 const mistyped = await host('square', 'x').catch(error => error.message);
                 const unheard = await host('cube', 2).catch(error => error.message);
                 const fine = await Promise.all([2, 3].map(n => host('square', n)));
                 return { refused, mistyped, unheard, fine };",
                Value::Null,
            )
            .await?;
        ensure!(answers["refused"] == "unlucky", "{answers}");
        ensure!(answers["mistyped"].as_str().is_some_and(|text| text.contains("unexpected value")));
        ensure!(answers["unheard"] == "no test listens to host('cube')", "{answers}");
        ensure!(answers["fine"] == json!([4, 9]), "{answers}");
        Ok(())
    }

    async fn calls_of_the_host_keep_their_order(page: Page) {
        let mut calls = page.listen(&["even", "odd"]);
        let script = page.run::<Vec<u32>>(
            "return await Promise.all(Array.from({ length: 100 }, (_, i) => host(i % 2 ? 'odd' : 'even', i)));",
            Value::Null,
        );
        let answers = async {
            for expected in 0..100_u32 {
                let call = calls.next().await.context("closed")?;
                ensure!(call.parse::<u32>()? == expected);
                ensure!(call.name() == if expected % 2 == 0 { "even" } else { "odd" });
                call.reply(expected + 1);
            }
            Ok(())
        };
        let (script, answers) = tokio::join!(script, answers);
        answers?;
        ensure!(script?.into_iter().eq(1..=100));

        let script = page.run::<String>("return await host('odd').catch(error => error.message);", Value::Null);
        let (script, ()) = tokio::join!(script, async { drop(calls.next().await) });
        ensure!(script? == "the test gave no answer to host('odd')");
        Ok(())
    }

    async fn a_closed_page_takes_everything_in_it_along(page: Page) {
        let browser = Browser::shared(page.kind()).await?;
        let other = browser.page().await?;
        let mut calls = other.listen(&["tick"]);
        other.run::<()>("setInterval(() => host('tick'), 20);", Value::Null).await?;
        calls.next().await.context("no tick")?.reply(());
        drop(other);
        // The queue ends, though calls may have been on their way.
        while let Some(call) = calls.next().await {
            call.reply(());
        }
        Ok(())
    }

    async fn a_page_gathers_the_loopback_address_in_the_open(page: Page) {
        let addresses: Vec<String> = page
            .run(
                "const pc = new RTCPeerConnection();
                 pc.createDataChannel('');
                 const addresses = [];
                 const end = new Promise(resolve => {
                     pc.onicecandidate = ({ candidate }) =>
                         candidate?.candidate ? addresses.push(candidate.address) : candidate ?? resolve();
                 });
                 await pc.setLocalDescription();
                 await end;
                 return addresses;",
                Value::Null,
            )
            .await?;
        ensure!(addresses.iter().any(|address| address == "127.0.0.1"), "{addresses:?}");
        ensure!(!addresses.iter().any(|address| address.ends_with(".local")), "{addresses:?}");
        Ok(())
    }

    async fn camera_and_microphone_are_there_without_a_question(page: Page) {
        let kinds: Vec<String> = page
            .run(
                "const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
                 return stream.getTracks().map(track => `${track.kind} ${track.readyState}`).sort();",
                Value::Null,
            )
            .await?;
        ensure!(kinds == ["audio live", "video live"], "{kinds:?}");
        Ok(())
    }
}

#[tokio::test]
async fn nothing_of_a_browser_outlives_it() -> anyhow::Result<()> {
    for kind in BrowserKind::ALL {
        if !interop::require(kind)? {
            continue;
        }
        let start = Instant::now();
        let browser = Browser::launch(kind).await?;
        let ready = start.elapsed();
        let page = browser.page().await?;
        let folder = browser.folder().to_owned();
        let alive = processes(&folder)?;
        ensure!(alive > 0, "the processes of a browser are known by its folder");

        let start = Instant::now();
        drop(browser);
        println!(
            "{kind}: ready after {ready:?}, {alive} processes, gone after {:?}",
            start.elapsed()
        );
        ensure!(!folder.exists(), "its folder is left");
        ensure!(processes(&folder)? == 0, "processes are left");
        ensure!(matches!(page.run::<()>("", Value::Null).await, Err(Error::Gone { .. })));
    }
    Ok(())
}

#[tokio::test]
async fn a_browser_that_ends_by_itself_says_why() -> anyhow::Result<()> {
    for kind in BrowserKind::ALL {
        if !interop::require(kind)? {
            continue;
        }
        let start = Instant::now();
        let launch = Launch::new(kind).argument("--version");
        let error = Browser::launch_with(&launch).await.err().context("it stayed")?;
        ensure!(matches!(error, Error::Gone { .. }), "{error}");
        ensure!(error.to_string().contains(&kind.to_string()), "{error}");
        ensure!(start.elapsed() < Duration::from_secs(30), "noticed late");
    }
    Ok(())
}

/// How many living processes were started with the folder in their command line or environment.
fn processes(folder: &Path) -> anyhow::Result<usize> {
    let folder = folder.to_str().context("a path in UTF-8")?.as_bytes();
    let names = |file: std::path::PathBuf| {
        let content = fs::read(file).unwrap_or_default();
        content.windows(folder.len()).any(|window| window == folder)
    };
    let own = std::process::id().to_string();
    Ok(fs::read_dir("/proc")?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok())
        .filter(|entry| entry.file_name().to_str() != Some(&own))
        .filter(|entry| names(entry.path().join("cmdline")) || names(entry.path().join("environ")))
        .count())
}
