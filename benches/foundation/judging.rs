//! What judging a message costs, where every command passes: with the policy that comes along, and with a second one that
//! looks on; and what is left of that in a send over HTTP.

use std::{hint::black_box, path::Path, time::Instant};

use colloquy::moderation::{Moderation, Settings};

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, Rate, time},
    ground::{Ground, Kind},
    load, runtime,
    server::Server,
    table::Table,
};

/// Repetitions of one figure.
const TIMES: usize = 20_000;
/// What a message of 300 bytes is to take at most, at p99.
const AIM: &str = "60 µs";
/// 300 bytes as people write them.
const TEXT: &str = "Hi, I moved two volumes to the new project yesterday and since then the nightly backup fails with a \
                    timeout. Could you tell me which of the settings I have to look at first, and whether the old \
                    snapshots can be removed without any risk? I attached the log of the last run, it is not very \
                    long. Thank you!";

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let shadow = ground.place("policy")?.join("next.toml");
    std::fs::write(&shadow, "version = \"next-1\"\n")?;
    let times = TIMES / ground.extent.smaller as usize;
    let mut judged = Table::new(["a message of 300 bytes", "p50", "p99", "aim at p99"]);
    for way in Way::ALL {
        let settings = way.settings(&shadow);
        let moderation = Moderation::new(settings).map_err(|faults| faults.to_string())?;
        let latencies = runtime::one_thread()?.block_on(inputs(&moderation, times))?;
        let [p50, p99] = [0.5, 0.99].map(|at| time(latencies.quantile(at)));
        judged.row([way.label().to_owned(), p50, p99, way.aim().to_owned()]);
    }
    let mut sent = Table::new([
        "sends with reply, one client",
        "database",
        "sends/s",
        "p50",
        "p99",
    ]);
    for kind in Kind::BOTH {
        for way in Way::ALL {
            let rate = sends(ground, kind, way, &shadow)?;
            let mut row = vec![way.label().to_owned(), kind.label().to_owned()];
            row.extend(rate.cells());
            sent.row(row);
        }
    }
    Ok(format!("{judged}\n{sent}"))
}

/// Who looks.
#[derive(Clone, Copy)]
enum Way {
    Nobody,
    One,
    WithShadow,
}

impl Way {
    const ALL: [Self; 3] = [Self::Nobody, Self::One, Self::WithShadow];

    fn label(self) -> &'static str {
        match self {
            Self::Nobody => "nobody looks",
            Self::One => "one policy",
            Self::WithShadow => "one policy, and a second that looks on",
        }
    }

    fn aim(self) -> &'static str {
        match self {
            Self::One => AIM,
            Self::Nobody | Self::WithShadow => "",
        }
    }

    fn settings(self, shadow: &Path) -> Settings {
        match self {
            Self::Nobody => Settings {
                off: true,
                ..Settings::default()
            },
            Self::One => Settings::default(),
            Self::WithShadow => Settings {
                shadow: Some(shadow.to_owned()),
                ..Settings::default()
            },
        }
    }
}

async fn inputs(moderation: &Moderation, times: usize) -> Outcome<Latencies> {
    // Whatever is made at the first text is made.
    black_box(moderation.input(TEXT.to_owned()).await);
    let mut latencies = Latencies::new()?;
    for _ in 0..times {
        let text = TEXT.to_owned();
        let began = Instant::now();
        black_box(moderation.input(black_box(text)).await);
        latencies.record(began.elapsed());
    }
    Ok(latencies)
}

fn sends(ground: &mut Ground, kind: Kind, way: Way, shadow: &Path) -> Outcome<Rate> {
    eprintln!("  {} on {}", way.label(), kind.label());
    let shadow = shadow.to_str().ok_or("a path is no text")?;
    let settings: &[(&str, &str)] = match way {
        Way::Nobody => &[("MODERATION__ENABLED", "false")],
        Way::One => &[],
        Way::WithShadow => &[("MODERATION__SHADOW", shadow)],
    };
    let server = Server::fresh(ground, kind, Disk::Native, settings)?;
    let user = server.user(ground)?;
    let body = format!(
        r#"{{"text":"{TEXT}","conversation_id":"{}"}}"#,
        load::conversation(&user, 0)
    );
    let request = load::post("/api/chat", &user.key, &body);
    let rate = load::closed_loop(server.address, vec![request], ground.extent.cell)?;
    server.discard(ground)?;
    Ok(rate)
}
