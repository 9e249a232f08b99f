//! The standard week of the handbook: reads its CSV from stdin.
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]
use florin_risk::cards::*;
use florin_risk::learn::*;
use florin_risk::measure::*;
use std::collections::HashSet;
use std::io::BufRead;

fn secs(t: &str) -> i64 {
    let p = |a: usize, b: usize| t[a..b].parse::<i64>().unwrap();
    let (y, m, d) = (p(0, 4), p(5, 7), p(8, 10));
    let (y2, m2) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    let era = y2.div_euclid(400);
    let yoe = y2 - era * 400;
    let doy = (153 * m2 + 2) / 5 + d - 1;
    let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
    days * 86_400 + p(11, 13) * 3600 + p(14, 16) * 60 + p(17, 19)
}

fn main() {
    let mut payments = Vec::new();
    for line in std::io::stdin().lock().lines().skip(1) {
        let line = line.unwrap();
        let f: Vec<&str> = line.split(',').collect();
        payments.push(Payment {
            id: f[0].parse().unwrap(),
            at: secs(f[1]),
            customer: f[2].parse().unwrap(),
            terminal: f[3].parse().unwrap(),
            minor: (f[4].parse::<f64>().unwrap() * 100.0).round() as i64,
            fraud: f[5] == "1",
        });
    }
    let t0 = std::time::Instant::now();
    let rows = features(&payments);
    eprintln!("features {:?}", t0.elapsed());
    if let Ok(path) = std::env::var("GOLDEN") {
        let by: std::collections::HashMap<u64, &Featured> = rows.iter().map(|r| (r.payment.id, r)).collect();
        let text = std::fs::read_to_string(path).unwrap();
        let mut worst = [0.0f64; 15];
        for line in text.lines().skip(1) {
            let f: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
            let r = by[&(f[0] as u64)];
            for k in 1..15 {
                worst[k] = worst[k].max((f[k] - r.features[k]).abs());
            }
        }
        println!("golden worst {worst:?}");
    }
    let trees: u32 = std::env::var("TREES").ok().and_then(|x| x.parse().ok()).unwrap_or(100);
    let depth: u32 = std::env::var("DEPTH").ok().and_then(|x| x.parse().ok()).unwrap_or(3);
    let train_days: i64 = std::env::var("TRAIN").ok().and_then(|x| x.parse().ok()).unwrap_or(7);
    let lambda: f64 = std::env::var("LAMBDA").ok().and_then(|x| x.parse().ok()).unwrap_or(1.0);
    let leaf: f64 = std::env::var("LEAF").ok().and_then(|x| x.parse().ok()).unwrap_or(1.0);
    for week in 0..3 {
        let s = (secs("2018-07-25 00:00:00")) / 86_400 + 7 * week;
        for (name, n) in [("basic", 15), ("all", FEATURES.len())] {
            let train_rows: Vec<&Featured> = rows
                .iter()
                .filter(|r| {
                    let d = r.payment.at / 86_400;
                    d >= s + 7 - train_days && d < s + 7
                })
                .collect();
            let cols: Vec<Vec<f64>> =
                (0..n).map(|k| train_rows.iter().map(|r| r.features[k]).collect()).collect();
            let table = Table::new(
                FEATURES[..n].iter().map(|x| x.to_string()).collect(),
                cols,
                train_rows.iter().map(|r| r.payment.fraud).collect(),
            )
            .unwrap();
            let t0 = std::time::Instant::now();
            let model = train(
                &table,
                &Settings { trees, depth, lambda, leaf_weight_min: leaf, ..Settings::default() },
            );
            let took = t0.elapsed();
            let in_days = |from: i64, to: i64| -> HashSet<u64> {
                rows.iter()
                    .filter(|r| {
                        let d = r.payment.at / 86_400;
                        r.payment.fraud && d >= from && d < to
                    })
                    .map(|r| r.payment.customer)
                    .collect()
            };
            let known_train = in_days(s, s + 7);
            let mut scored = Vec::new();
            for day in s + 14..s + 21 {
                let mut known = known_train.clone();
                known.extend(in_days(s + 7, day - 7));
                for r in rows
                    .iter()
                    .filter(|r| r.payment.at / 86_400 == day && !known.contains(&r.payment.customer))
                {
                    scored.push(Scored {
                        day,
                        card: r.payment.customer,
                        score: model.score(&r.features[..n]),
                        fraud: r.payment.fraud,
                    });
                }
            }
            let sc: Vec<f64> = scored.iter().map(|x| x.score).collect();
            let an: Vec<bool> = scored.iter().map(|x| x.fraud).collect();
            println!(
                "week {week} {name:6} train {}/{} test {}/{} auc {:.4} ap {:.4} cp100 {:.4} ({took:?})",
                table.rows(),
                table.answers().iter().filter(|x| **x).count(),
                an.len(),
                an.iter().filter(|x| **x).count(),
                auc_roc(&sc, &an),
                average_precision(&sc, &an),
                card_precision(&scored, 100).0
            );
        }
    }
}
