//! What the calls of long-running operations have beside `send`.

use proc_macro2::TokenStream;
use quote::quote;

use super::ty::{Scope, ty};
use crate::model::{Api, FinalState, Operation};

/// How the operation ends, and `poller`.
pub(super) fn method(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let job = operation.extensions.job.as_ref()?;
    let result = ty(api, &job.ty, Scope::Operations);
    let final_state = match job.final_state {
        FinalState::Automatic => None,
        FinalState::Location => Some(quote!(Location)),
        FinalState::OriginalUri => Some(quote!(OriginalUri)),
        FinalState::Monitor => Some(quote!(Monitor)),
    };
    let final_state =
        final_state.map(|state| quote!(.final_state(runtime::job::FinalState::#state)));
    let status = job.status.as_ref().map(|place| quote!(.status(#place)));
    let place = job.result.as_ref().map(|place| quote!(.result(#place)));
    Some(quote! {
        const JOB: runtime::job::Job = runtime::job::Job::new() #final_state #status #place;

        /// Sends the request, and follows the operation that it starts until that has ended.
        #[inline]
        pub fn poller(self) -> runtime::job::Poller<#result> {
            runtime::job::Poller::new(self.0, Self::JOB)
        }
    })
}

/// What the docs of an operation say about its end.
pub(super) fn about(operation: &Operation) -> Option<String> {
    operation.extensions.job.as_ref()?;
    Some("What it starts may go on after the answer: with `.poller()` in place of `.send()`, it is followed to its end, as [`Poller`](runtime::job::Poller).".to_owned())
}
