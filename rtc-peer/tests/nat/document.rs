//! The table for readers, kept beside the test that has shown each of its cells.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use crate::kind::Kind;
use crate::theory::{Route, Servers, Type, predict};

/// Where the least server suffices, and what the two ends then are.
fn cell(one: Kind, other: Kind) -> String {
    let (servers, route) = Servers::ALL
        .into_iter()
        .find_map(|servers| predict(one, other, servers).map(|route| (servers, route)))
        .expect("TURN over TLS connects everybody");
    let needs = match servers {
        Servers::None => "no server",
        Servers::Stun => "STUN",
        Servers::TurnUdp => "TURN/UDP",
        Servers::TurnTcp => "TURN/TCP",
        Servers::TurnTls => "TURN/TLS 443",
    };
    format!("{needs}: {}", spelled(route))
}

fn spelled(route: Route) -> String {
    let end = |kind: Type| if kind == Type::Relay { "**relay**".into() } else { kind.to_string() };
    format!("{} - {}", end(route.offerer.0), end(route.answerer.0))
}

fn table() -> String {
    let mut text = String::from(HEAD);
    let row = |text: &mut String, cells: &[String]| {
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    let names = Kind::ALL.map(|kind| kind.name().to_owned());
    row(&mut text, &[&["calls".to_owned()], &names[..]].concat());
    row(&mut text, &vec!["---".to_owned(); names.len() + 1]);
    for one in Kind::ALL {
        let cells: Vec<_> = Kind::ALL.iter().map(|other| cell(one, *other)).collect();
        row(&mut text, &[&[format!("**{}**", one.name())], &cells[..]].concat());
    }
    text
}

#[test]
fn the_table_for_readers_is_the_one_that_was_tested() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nat/TABLE.md");
    if env::var_os("UPDATE_NAT_TABLE").is_some() {
        fs::write(&path, table()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    assert!(
        written == table(),
        "not as tested; to write it anew: UPDATE_NAT_TABLE=1 cargo test -p rtc-peer --test nat"
    );
}

const HEAD: &str = "\
# Which peers connect, and how

Each row calls each column, on the simulated internet of this folder. A cell says what it takes at
least (STUN alone, or a TURN server and how it is reached; more servers change nothing in a cell that
needs less), and then which candidate of the row's side is connected with which of the column's, in
the words of the statistics: each end as its own side sees it. All 405 combinations of two kinds and
a set of servers are tried, those that cannot connect included.

With 40 ms there and back between the peers, and signalling as fast, a call takes 3 to 7 round trips
from the offer until both are connected and encrypted, and 10 to 12 where it is relayed, by a server
that is as far away: 600 ms are spent on hoping for better. (Where an address-restricted peer calls a
symmetric one it takes 17: the first check is turned away.)

- public: no NAT. full cone: endpoint-independent mapping and filtering (RFC 4787).
  address-restricted, port-restricted: endpoint-independent mapping, filtering by address, or by address
  and port. symmetric: mapping and filtering by address and port.
- double: a full cone behind a port-restricted NAT. double symmetric: a port-restricted one behind a
  symmetric one.
- TCP only: no UDP at all. TCP 443 only: nothing but TCP to port 443.

";
