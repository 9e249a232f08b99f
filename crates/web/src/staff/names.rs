//! Who people are, as far as whoever looks may know it.

use std::collections::HashMap;

use florin_http::App;
use florin_kernel::UserId;

use crate::visit::Visit;

/// The names of some people.
pub(super) struct Names {
    known: HashMap<UserId, String>,
    me: UserId,
}

impl Names {
    /// The names of these people; whoever may not be known keeps their identifier.
    pub(super) async fn of(app: &App, visit: &Visit, people: Vec<UserId>) -> Self {
        let mut known = HashMap::new();
        for user in people {
            if !known.contains_key(&user)
                && let Ok(profile) = app.identity.profile(&visit.actor, user).await
            {
                known.insert(user, profile.full_name.as_str().to_owned());
            }
        }
        Self { known, me: visit.user }
    }

    /// What somebody is called.
    pub(super) fn name(&self, user: UserId) -> String {
        let name = self.known.get(&user).cloned().unwrap_or_else(|| user.to_string());
        if user == self.me { format!("{name} (you)") } else { name }
    }

    /// What somebody is called who may be the program itself.
    pub(super) fn name_or_program(&self, user: Option<UserId>) -> String {
        user.map_or_else(|| "The program".to_owned(), |user| self.name(user))
    }
}
