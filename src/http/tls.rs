//! TLS where no proxy does it: a certificate and its key, read at start and again when the operator says so.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ServerConfig,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// A certificate in use. Clones change together.
#[derive(Clone)]
pub struct Tls {
    files: Arc<Files>,
    current: watch::Sender<Arc<ServerConfig>>,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No PEM file, or not what it is to be.
    #[error("{path} (tls.{setting}) cannot be read: {error}")]
    File {
        /// Which setting names it.
        setting: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why not.
        error: pem::Error,
    },
    /// They are no pair, or of a kind that is not supported.
    #[error("tls.certificate and tls.key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

impl Tls {
    /// Reads a chain of certificates and the key of its first, both PEM.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        let current = watch::Sender::new(files.read()?);
        Ok(Self {
            files: Arc::new(files),
            current,
        })
    }

    /// Reads the files again; connections from now on use what they hold.
    ///
    /// # Errors
    /// As [`Self::read`]; what was in use stays so.
    pub fn read_again(&self) -> Result<(), TlsError> {
        self.current.send_replace(self.files.read()?);
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.borrow()))
    }
}

impl Files {
    fn read(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let failed = |setting, path: &Path| {
            let path = path.to_owned();
            move |error| TlsError::File {
                setting,
                path,
                error,
            }
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            // What is no PEM file is one without anything in it.
            .and_then(|chain| match chain.is_empty() {
                true => Err(pem::Error::NoItemsFound),
                false => Ok(chain),
            })
            .map_err(failed("certificate", &self.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(failed("key", &self.key))?;
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
