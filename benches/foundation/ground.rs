//! What the questions share: a directory, the private clusters, and figures that several of them need.

use std::{
    collections::HashMap,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use colloquy::store::DatabaseUrl;
use tempfile::TempDir;

use crate::{
    Outcome,
    cluster::Cluster,
    disk::{Disk, SlowFsync},
    figures::Rate,
    pgbench::{self, Rows},
};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// One cell of a table, where it is timed.
    pub(crate) cell: Duration,
    /// Concurrencies.
    pub(crate) clients: &'static [usize],
    /// Divides sizes and counts.
    pub(crate) smaller: u32,
}

/// The two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// See the module.
pub(crate) struct Ground {
    pub(crate) extent: Extent,
    /// The server's binary.
    pub(crate) binary: PathBuf,
    pub(crate) slow: SlowFsync,
    dir: TempDir,
    places: u32,
    clusters: HashMap<Disk, Cluster>,
    single_rows: HashMap<(Disk, usize), Rate>,
    sends: HashMap<(Kind, Disk, usize), Rate>,
    logs: HashMap<Kind, DatabaseUrl>,
}

impl Ground {
    pub(crate) fn new(binary: PathBuf, extent: Extent, parent: &Path) -> Outcome<Self> {
        let dir = tempfile::Builder::new()
            .prefix("colloquy-bench-")
            .tempdir_in(parent)?;
        // PostgreSQL, as another user, has to get through.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
        Ok(Self {
            extent,
            binary,
            slow: SlowFsync::build(dir.path())?,
            dir,
            places: 0,
            clusters: HashMap::new(),
            single_rows: HashMap::new(),
            sends: HashMap::new(),
            logs: HashMap::new(),
        })
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A new empty directory.
    pub(crate) fn place(&mut self, name: &str) -> Outcome<PathBuf> {
        self.places += 1;
        let place = self.dir.path().join(format!("{name}-{}", self.places));
        std::fs::create_dir(&place)?;
        Ok(place)
    }

    /// The cluster on this disk, started when it is asked for first.
    pub(crate) fn cluster(&mut self, disk: Disk) -> Outcome<&mut Cluster> {
        use std::collections::hash_map::Entry;
        Ok(match self.clusters.entry(disk) {
            Entry::Occupied(running) => running.into_mut(),
            Entry::Vacant(none) => none.insert(Cluster::start(self.dir.path(), disk, &self.slow)?),
        })
    }

    /// A new empty database.
    pub(crate) fn database(&mut self, kind: Kind, disk: Disk) -> Outcome<DatabaseUrl> {
        Ok(match kind {
            Kind::Sqlite => DatabaseUrl::Sqlite {
                dir: self.place("sqlite")?,
            },
            Kind::Postgres => DatabaseUrl::Postgres {
                url: self.cluster(disk)?.create("log")?,
            },
        })
    }

    /// Takes a database away again, so that the disk does not fill.
    pub(crate) fn discard(&mut self, database: &DatabaseUrl, disk: Disk) -> Outcome {
        match database {
            DatabaseUrl::Sqlite { dir } => Ok(std::fs::remove_dir_all(dir)?),
            DatabaseUrl::Postgres { url } => self.cluster(disk)?.remove(url),
        }
    }

    /// pgbench on this disk.
    pub(crate) fn pgbench(&mut self, disk: Disk, rows: Rows, clients: usize) -> Outcome<Rate> {
        if rows == Rows::One
            && let Some(known) = self.single_rows.get(&(disk, clients))
        {
            return Ok(*known);
        }
        let (dir, cell) = (self.dir.path().to_owned(), self.extent.cell);
        let rate = pgbench::run(self.cluster(disk)?, &dir, rows, clients, cell)?;
        if rows == Rows::One {
            self.single_rows.insert((disk, clients), rate);
        }
        Ok(rate)
    }

    /// Sends and their echo replies, measured once a run.
    pub(crate) fn sends(&mut self, kind: Kind, disk: Disk, clients: usize) -> Outcome<Rate> {
        if let Some(known) = self.sends.get(&(kind, disk, clients)) {
            return Ok(*known);
        }
        let rate = crate::sends::measure(self, kind, disk, clients)?;
        self.sends.insert((kind, disk, clients), rate);
        Ok(rate)
    }

    /// The events of the big log.
    pub(crate) fn big(&self) -> u64 {
        u64::from(1_000_000 / self.extent.smaller)
    }

    /// A log of [`Self::big`] events, filled when it is asked for first.
    pub(crate) fn big_log(&mut self, kind: Kind) -> Outcome<DatabaseUrl> {
        if let Some(known) = self.logs.get(&kind) {
            return Ok(known.clone());
        }
        let database = self.database(kind, Disk::Native)?;
        crate::past::conversations(&database, self.big())?;
        self.logs.insert(kind, database.clone());
        Ok(database)
    }
}
