//! Where the values of connection parameters go.
//!
//! The platform goes by names, not by what operations require: `api_key` is the key, `username` and `password` are for HTTP Basic, an
//! `oauthSetting` has the tokens, `token:X` is for the exchange of tokens, and policies read the rest. The definitions that do
//! otherwise follow a few more rules, each of which leaves no choice: a parameter that is named like a scheme or its header is the
//! scheme's key; the only secret without a place is the key of the only scheme without one. An account of Azure Storage is a part of
//! its address, so that policies read it as well; its name tells.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::oauth::{SchemeNames, add_scheme};
use super::policies::{read, stands_in};
use crate::model::{Api, Binding, ConnectionParameterKind, SchemeKind, SecurityScheme};
use crate::normalize::{ConnectionParameter, Connector, ParameterSet};

/// Names, without signs, that people give to the first half of a pair of credentials.
const USER_NAMES: &[&str] = &[
    "user",
    "userid",
    "login",
    "email",
    "emailaddress",
    "account",
    "accountid",
    "accountname",
    "storageaccount",
    "clientid",
    "apikeyid",
    "accesskeyid",
    "accountsid",
    "sid",
    "keyid",
    "id",
];

/// And to the second half.
const PASSWORDS: &[&str] = &[
    "pass",
    "pwd",
    "apikey",
    "apitoken",
    "token",
    "accesstoken",
    "authtoken",
    "secret",
    "clientsecret",
    "secretkey",
    "secretaccesskey",
    "accesskey",
    "accountkey",
    "sharedkey",
    "key",
    "apikeysecret",
    "accountpassword",
    "userpassword",
];

/// Names of the account that a shared key belongs to.
const ACCOUNTS: &[&str] = &[
    "account",
    "accountname",
    "storageaccount",
    "storageaccountname",
];

/// What came of the parameters of a set.
#[derive(Debug)]
pub(super) struct Bound {
    /// The bindings of each parameter.
    pub(super) bindings: Vec<Vec<Binding>>,
    /// The schemes that the set has credentials for, and whether it always has them.
    pub(super) fed: Vec<(String, bool)>,
    /// A scheme that was added because a user name and a password have nowhere else to go.
    pub(super) guessed: Option<String>,
}

/// What bindings depend on, beside the set.
pub(super) struct Candidates {
    /// The parameters that policies read, in lower case.
    read: HashSet<String>,
    /// The schemes with a key, those that operations name first.
    keys: Vec<Scheme>,
    /// The schemes with a user name and a password.
    pairs: Vec<Scheme>,
}

#[derive(Clone)]
struct Scheme {
    name: String,
    /// The header, query parameter or cookie of its key.
    place: String,
    /// Whether a policy puts something there.
    replaced: bool,
    /// The schemes that are required together with it.
    beside: HashSet<String>,
    /// Whether the pair is an account and its key.
    is_of_account: bool,
}

impl Candidates {
    pub(super) fn new(api: &Api, source: &Connector) -> Self {
        let required = api.operations().flat_map(|operation| &operation.security);
        let named = required.flatten().flatten().map(|one| one.scheme.as_str());
        let declared = api.security_schemes.iter().map(|one| one.name.as_str());
        let order: IndexSet<&str> = named.chain(declared).collect();
        let schemes: HashMap<&str, &SecurityScheme> = api
            .security_schemes
            .iter()
            .map(|one| (one.name.as_str(), one))
            .collect();
        let mut beside = beside(api);
        let mut keys = Vec::new();
        let mut pairs = Vec::new();
        for name in order {
            let Some(scheme) = schemes.get(name) else {
                continue;
            };
            let place = match &scheme.kind {
                SchemeKind::ApiKey { name, .. } => name.clone(),
                _ => "Authorization".to_owned(),
            };
            let found = Scheme {
                name: scheme.name.clone(),
                place,
                replaced: source
                    .policies
                    .iter()
                    .any(|policy| stands_in(policy, &scheme.kind)),
                beside: beside.remove(name).unwrap_or_default(),
                is_of_account: scheme.kind == SchemeKind::AzureSharedKey,
            };
            match scheme.kind {
                SchemeKind::ApiKey { .. } | SchemeKind::Bearer | SchemeKind::Http(_) => {
                    keys.push(found);
                }
                SchemeKind::Basic
                | SchemeKind::Digest
                | SchemeKind::AzureSharedKey
                | SchemeKind::AwsSigV4 => pairs.push(found),
                SchemeKind::OAuth2(_)
                | SchemeKind::OpenIdConnect { .. }
                | SchemeKind::MutualTls => {}
            }
        }
        Self {
            read: read(&source.policies),
            keys,
            pairs,
        }
    }

    /// Binds the parameters of a set, whose OAuth settings have these schemes.
    pub(super) fn bind(&self, api: &mut Api, set: &ParameterSet, schemes: &[String]) -> Bound {
        let mut binder = Binder {
            set,
            of: self,
            bindings: vec![Vec::new(); set.parameters.len()],
        };
        binder.tokens(schemes);
        binder.pairs();
        binder.keys();
        let guessed = binder.guess_basic(api);
        binder.only_key();
        binder.rest(!schemes.is_empty());
        let fed = binder.fed();
        Bound {
            bindings: binder.bindings,
            fed,
            guessed,
        }
    }
}

struct Binder<'a> {
    set: &'a ParameterSet,
    of: &'a Candidates,
    bindings: Vec<Vec<Binding>>,
}

impl<'a> Binder<'a> {
    /// The parameters that may be a key or a part of a pair, and have no place yet.
    fn free(&self) -> impl Iterator<Item = (usize, &'a ConnectionParameter)> + '_ {
        let parameters = self.set.parameters.iter().enumerate();
        parameters.filter(|(index, parameter)| {
            self.bindings[*index].is_empty()
                && parameter.exchange.is_none()
                && matches!(
                    parameter.kind,
                    ConnectionParameterKind::Text | ConnectionParameterKind::Secret
                )
        })
    }

    /// The free parameter of this name.
    fn find(&self, name: &str) -> Option<usize> {
        let mut free = self.free();
        free.find(|(_, parameter)| folded(&parameter.name) == name)
            .map(|(index, _)| index)
    }

    fn is_fed(&self, scheme: &str) -> bool {
        self.bindings
            .iter()
            .flatten()
            .any(|binding| binding.scheme() == Some(scheme))
    }

    fn is_read(&self, parameter: &ConnectionParameter) -> bool {
        let name = parameter.name.to_ascii_lowercase();
        self.of.read.contains(&name)
    }

    fn tokens(&mut self, schemes: &[String]) {
        let parameters = self.set.parameters.iter().enumerate();
        let settings = parameters
            .filter(|(_, parameter)| matches!(parameter.kind, ConnectionParameterKind::OAuth(_)));
        for ((index, _), scheme) in settings.zip(schemes) {
            self.bindings[index].push(Binding::OAuth(scheme.clone()));
        }
    }

    /// `username` and `password`, or two parameters that are plainly the same.
    fn pairs(&mut self) {
        for scheme in &self.of.pairs {
            let usual = self.find("username").zip(self.find("password"));
            let account = || self.account().filter(|_| scheme.is_of_account);
            let Some((user, password)) = usual.or_else(account).or_else(|| self.pair()) else {
                continue;
            };
            let name = &scheme.name;
            self.bindings[user].push(Binding::Username(name.clone()));
            self.bindings[password].push(Binding::Password(name.clone()));
        }
    }

    /// The only two parameters that no policy reads, if their names, or the kind of one, tell which is which.
    fn pair(&self) -> Option<(usize, usize)> {
        let free: Vec<_> = self
            .free()
            .filter(|(_, parameter)| !self.is_read(parameter))
            .collect();
        let &[(first, a), (second, b)] = free.as_slice() else {
            return None;
        };
        let user = |parameter: &ConnectionParameter| {
            let name = folded(&parameter.name);
            name == "username" || USER_NAMES.contains(&name.as_str())
        };
        let secret = |parameter: &ConnectionParameter| {
            let name = folded(&parameter.name);
            name == "password" || PASSWORDS.contains(&name.as_str())
        };
        let hidden =
            |parameter: &ConnectionParameter| parameter.kind == ConnectionParameterKind::Secret;
        let fits = |one: &ConnectionParameter, other: &ConnectionParameter| {
            (user(one) && secret(other))
                || (!hidden(one) && hidden(other) && (user(one) || secret(other)))
        };
        match (fits(a, b), fits(b, a)) {
            (true, false) => Some((first, second)),
            (false, true) => Some((second, first)),
            _ => None,
        }
    }

    /// The only parameter that is named like an account, and the only secret beside it that no policy reads.
    fn account(&self) -> Option<(usize, usize)> {
        let is_account =
            |parameter: &ConnectionParameter| ACCOUNTS.contains(&folded(&parameter.name).as_str());
        let is_key = |parameter: &ConnectionParameter| {
            parameter.kind == ConnectionParameterKind::Secret && !self.is_read(parameter)
        };
        let (accounts, others): (Vec<_>, Vec<_>) = self
            .free()
            .partition(|(_, parameter)| is_account(parameter));
        let keys: Vec<_> = others
            .into_iter()
            .filter(|(_, parameter)| is_key(parameter))
            .collect();
        match (accounts.as_slice(), keys.as_slice()) {
            (&[(account, _)], &[(key, _)]) => Some((account, key)),
            _ => None,
        }
    }

    /// The usual name for the only key, then parameters that are named like a scheme, then the usual name for any key.
    fn keys(&mut self) {
        let free: Vec<&Scheme> = self.of.keys.iter().collect();
        if let [only] = free.as_slice() {
            self.bind_key("apikey", only);
        }
        for scheme in &free {
            for name in [&scheme.name, &scheme.place] {
                self.bind_key(&folded(name), scheme);
            }
        }
        for scheme in &free {
            self.bind_key("apikey", scheme);
        }
    }

    fn bind_key(&mut self, parameter: &str, scheme: &Scheme) {
        if !self.is_fed(&scheme.name)
            && let Some(index) = self.find(parameter)
        {
            self.bindings[index].push(Binding::Key(scheme.name.clone()));
        }
    }

    /// A user name and a password that nothing else takes are for HTTP Basic, whether the document says so or not.
    fn guess_basic(&mut self, api: &mut Api) -> Option<String> {
        let (user, password) = self.find("username").zip(self.find("password"))?;
        let read = |index: usize| self.is_read(&self.set.parameters[index]);
        if read(user) || read(password) {
            return None;
        }
        let is_basic = |kind: &SchemeKind| *kind == SchemeKind::Basic;
        let known = api.security_schemes.iter().find(|one| is_basic(&one.kind));
        let scheme = match known {
            Some(scheme) => scheme.name.clone(),
            None => add_scheme(api, &mut SchemeNames::of(api), "basic", SchemeKind::Basic),
        };
        self.bindings[user].push(Binding::Username(scheme.clone()));
        self.bindings[password].push(Binding::Password(scheme.clone()));
        Some(scheme)
    }

    /// The only secret without a place is the key of the scheme without one: of the first if none has one, since several are places
    /// for the same key; otherwise of the one that is required together with one that has.
    fn only_key(&mut self) {
        let (fed, unfed): (Vec<&Scheme>, Vec<&Scheme>) = self
            .of
            .keys
            .iter()
            .filter(|scheme| !scheme.replaced)
            .partition(|scheme| self.is_fed(&scheme.name));
        let together = |scheme: &&&Scheme| {
            let mut others = fed.iter();
            others.any(|other| scheme.beside.contains(&other.name))
        };
        let scheme = match fed.is_empty() {
            true => unfed.first(),
            false => unfed.iter().find(together),
        };
        let secrets: Vec<usize> = self
            .free()
            .filter(|(_, parameter)| {
                parameter.kind == ConnectionParameterKind::Secret && !self.is_read(parameter)
            })
            .map(|(index, _)| index)
            .collect();
        if let (Some(scheme), [index]) = (scheme, secrets.as_slice()) {
            let name = scheme.name.clone();
            self.bindings[*index].push(Binding::Key(name));
        }
    }

    /// The exchange of tokens, and policies, which may read anything.
    fn rest(&mut self, has_tokens: bool) {
        for (index, parameter) in self.set.parameters.iter().enumerate() {
            if let Some(name) = &parameter.exchange
                && has_tokens
            {
                self.bindings[index].push(Binding::Exchange(name.clone()));
            }
            if self.is_read(parameter) {
                self.bindings[index].push(Binding::Policy);
            }
        }
    }

    /// The schemes that have credentials, and whether none of these may be left out.
    fn fed(&self) -> Vec<(String, bool)> {
        let mut fed: Vec<(String, bool)> = Vec::new();
        for (parameter, bindings) in self.set.parameters.iter().zip(&self.bindings) {
            let always = parameter.required || parameter.default.is_some();
            for scheme in bindings.iter().filter_map(Binding::scheme) {
                match fed.iter_mut().find(|(known, _)| known == scheme) {
                    Some((_, all)) => *all &= always,
                    None => fed.push((scheme.to_owned(), always)),
                }
            }
        }
        fed
    }
}

/// For each scheme, those that some operation requires together with it.
fn beside(api: &Api) -> HashMap<&str, HashSet<String>> {
    let required = api.operations().flat_map(|operation| &operation.security);
    let together: HashSet<Vec<&str>> = required
        .flatten()
        .filter(|alternative| alternative.len() > 1)
        .map(|alternative| alternative.iter().map(|one| one.scheme.as_str()).collect())
        .collect();
    let mut beside: HashMap<&str, HashSet<String>> = HashMap::new();
    for alternative in together {
        for name in &alternative {
            let others = alternative.iter().filter(|other| *other != name);
            let others = others.map(|other| (*other).to_owned());
            beside.entry(name).or_default().extend(others);
        }
    }
    beside
}

/// A name without signs and letter case: `API Key`, `api_key` and `ApiKey` are the same.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
