//! The state of all handlers.

use std::ops::Deref;
use std::sync::Arc;

use florin_app::Services;

/// The services, as handlers reach them.
#[derive(Clone)]
pub struct App(Arc<Services>);

impl App {
    /// Handlers' access to these services.
    pub fn new(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for App {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}
