//! Holds the table of what is covered against the tests that there are.

use std::collections::BTreeSet;

use crate::RECORDS;

/// A line of the table.
struct Row {
    file: &'static str,
    group: &'static str,
    total: usize,
    written: usize,
    not_applicable: usize,
    why: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("coverage.txt").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [file, group, total, written, not_applicable, why] = cells[..] else {
                panic!("not a row: {line}")
            };
            let number = |cell: &str| cell.parse().unwrap();
            Row {
                file,
                group,
                total: number(total),
                written: number(written),
                not_applicable: number(not_applicable),
                why,
            }
        })
        .collect()
}

#[test]
fn the_table_says_what_the_tests_are() {
    let rows = rows();
    for record in RECORDS {
        let (written, without) = (record.written.len(), record.not_applicable());
        let expected = format!("{} {written} {without}", record.group);
        let row = rows.iter().find(|row| row.file == record.file);
        let found = row.map(|row| format!("{} {} {}", row.group, row.written, row.not_applicable));
        assert_eq!(found, Some(expected), "{}", record.file);
    }
    for row in &rows {
        let has_tests = RECORDS.iter().any(|record| record.file == row.file);
        assert!(has_tests || row.written == 0, "{}: no tests", row.file);
        assert!(has_tests || !row.why.is_empty(), "{}: no reason", row.file);
    }
}

#[test]
fn every_file_of_the_table_is_complete() {
    for row in rows() {
        assert_eq!(row.written + row.not_applicable, row.total, "{}", row.file);
    }
}

#[test]
fn no_file_and_no_subtest_is_counted_twice() {
    let rows = rows();
    let files: BTreeSet<_> = rows.iter().map(|row| row.file).collect();
    assert_eq!(files.len(), rows.len());
    let files: BTreeSet<_> = RECORDS.iter().map(|record| record.file).collect();
    assert_eq!(files.len(), RECORDS.len());
    for record in RECORDS {
        let titles: BTreeSet<_> = record.titles().collect();
        assert_eq!(titles.len(), record.titles().count(), "{}", record.file);
    }
}

/// The number of subtests that are written only rises: who adds some raises it here.
#[test]
fn no_subtest_is_lost() {
    let written: usize = RECORDS.iter().map(|record| record.written.len()).sum();
    assert_eq!(written, WRITTEN);
}

const WRITTEN: usize = 889;
