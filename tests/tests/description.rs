//! `connector.json` says what the crate beside it knows.

use connector_runtime::environment::ConnectorDescription;

macro_rules! matches_its_crate {
    ($($sample:ident),*) => {$(
        #[test]
        fn $sample() {
            let text = include_str!(concat!("../../generated-samples/", stringify!($sample), "/connector.json"));
            let read: ConnectorDescription = serde_json::from_str(text).unwrap();
            assert_eq!(read, ConnectorDescription::of(&$sample::API));
            // And back, as the program `connector` does.
            let again = ConnectorDescription::of(read.leak());
            assert_eq!(again.servers, read.servers);
            let kinds = |one: &ConnectorDescription| -> Vec<_> {
                one.security_schemes.iter().map(|scheme| (scheme.name.clone(), scheme.kind.clone(), scheme.parameter.clone())).collect()
            };
            assert_eq!(kinds(&again), kinds(&read));
        }
    )*};
}

matches_its_crate!(acme, blobs, jupyterhub, petstore2, security);
