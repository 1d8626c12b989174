//! The stable codes of diagnostics.

use std::fmt;

use serde::{Serialize, Serializer};

/// Declares [`Code`]: a variant, its stable kebab-case text and one sentence, which is also its documentation.
macro_rules! codes {
    ($($(#[doc = $stage:literal])* { $($variant:ident $text:literal $sentence:literal)* })*) => {
        /// What kind of finding a diagnostic is. The text form is stable across releases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $sentence] $variant,)*)*
        }

        impl Code {
            /// Every code, in the order of the stages.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// The stable text form, in kebab case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$variant => $text,)*)* }
            }

            /// One sentence that explains the code.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $($(Self::$variant => $sentence,)*)* }
            }
        }
    };
}

codes! {
    /// source
    {
        FileUnreadable "file-unreadable" "A file or folder cannot be read."
        FileTooLarge "file-too-large" "A file is larger than what is read."
        EncodingInvalid "encoding-invalid" "A file is neither UTF-8 nor UTF-16."
        EncodingRepaired "encoding-repaired" "Bytes of a file are not UTF-8; they were read as Windows-1252."
        ByteOrderMark "byte-order-mark" "A JSON file starts with a byte order mark, which was ignored."
        SyntaxInvalid "syntax-invalid" "A file is neither valid JSON nor valid YAML."
        TrailingComma "trailing-comma" "A comma before a closing bracket is not JSON; it was ignored."
        ControlCharacter "control-character" "A string of JSON holds a control character, such as a line break, that must be escaped; it was kept."
        AliasExpansion "alias-expansion" "YAML aliases expand a document far beyond its size."
        NotADefinition "not-a-definition" "A file is no OpenAPI or Swagger document."
        DuplicateKey "duplicate-key" "A mapping has the same key twice; the last one counts."
        PropertiesInvalid "properties-invalid" "A connector's `apiProperties.json` is not what it has to be."
        SettingsInvalid "settings-invalid" "`connector.toml` says something that is not understood, or that the document does not have."
        ExternalReference "external-reference" "A `$ref` names another file, which is not read, or not as it stands."
        OverlayInvalid "overlay-invalid" "An overlay is not what it has to be, or cannot be applied."
        OverlayUnmatched "overlay-unmatched" "A target of an overlay matches nothing in the document."
        OverlayMismatch "overlay-mismatch" "An overlay says that it is for another document."
    }
    /// normalize: the document
    {
        VersionMissing "version-missing" "The document does not say which OpenAPI version it follows."
        VersionUnsupported "version-unsupported" "The document follows a version that is not known."
        DocumentTooLarge "document-too-large" "The document describes more than can be held in memory."
        InfoIncomplete "info-incomplete" "`info` lacks its title or version."
        SectionMissing "section-missing" "A section that the specification requires is missing."
        WrongType "wrong-type" "A keyword has a value of the wrong type; it was converted or ignored."
        NestedTooDeep "nested-too-deep" "Schemas are nested deeper than the supported number of levels."
        KeywordIgnored "keyword-ignored" "A part of the document does not affect the generated code."
    }
    /// normalize: references
    {
        DanglingReference "dangling-reference" "A `$ref` points to nothing in the document."
        CircularReference "circular-reference" "References lead back to themselves without ever reaching content."
        ReferenceSiblingsIgnored "reference-siblings-ignored" "Keywords beside a `$ref` have no meaning there and were ignored."
    }
    /// normalize: schemas
    {
        SchemaTypeUnknown "schema-type-unknown" "`type` has a value that no specification knows; the closest type was taken."
        SchemaTypeMissing "schema-type-missing" "A schema needs a keyword that is missing; it was completed."
        SchemaKeywordIgnored "schema-keyword-ignored" "A schema keyword does not affect the generated types."
        RequiredNotAList "required-not-a-list" "`required` of a schema must be a list of property names."
        EnumInvalid "enum-invalid" "`enum` is not a list, or has values that its type does not allow."
        DiscriminatorInvalid "discriminator-invalid" "A discriminator lacks its property name."
    }
    /// normalize: operations
    {
        PathInvalid "path-invalid" "A path does not start with a slash."
        MethodUnknown "method-unknown" "A path item has a member that is no known HTTP method."
        ParameterInvalid "parameter-invalid" "A parameter lacks its name, place or schema, or contradicts itself."
        ParameterNotRequired "parameter-not-required" "A path parameter is always required, whether the document says so or not."
        RequestBodyInvalid "request-body-invalid" "A request body lacks its content or contradicts itself."
        ResponsesMissing "responses-missing" "An operation declares no responses."
        ResponseKeyInvalid "response-key-invalid" "A response is keyed by something that is no status code."
        OperationSkipped "operation-skipped" "An operation cannot be generated and is left out."
    }
    /// lower
    {
        OperationIdDuplicate "operation-id-duplicate" "An operationId is used more than once."
        RequiredUndeclared "required-undeclared" "`required` names a property that is not declared."
        DefaultMismatch "default-mismatch" "A default is not a value of its schema's type."
        CompositionMixed "composition-mixed" "Schemas that must hold at once can't be told in one Rust type; the nearest was taken."
        TupleTooLong "tuple-too-long" "A list with a type per position is too long for a tuple."
        DynamicSourceMissing "dynamic-source-missing" "Options or a schema come from an operation that does not exist."
        AliasCircular "alias-circular" "A schema consists of nothing but references to itself."
        TestsIncomplete "tests-incomplete" "Making up values for tests takes too long; some operations are not tested."
        WebhookSkipped "webhook-skipped" "A webhook or callback carries nothing that is read as an event."
    }
    /// normalize: Power Platform connectors
    {
        ConnectorPropertyInvalid "connector-property-invalid" "A property of a connector has no meaning; it was ignored."
        ConnectionParameterInvalid "connection-parameter-invalid" "A connection parameter has a type or value that is not known."
        OAuthSettingInvalid "oauth-setting-invalid" "An OAuth setting names an identity provider that is not known, or lacks something."
        SecretNotTaken "secret-not-taken" "A connector's files hold what may be a secret of its publisher; it is not carried over."
        PolicyUnknown "policy-unknown" "A policy template is not known, and so not carried out."
        PolicyInvalid "policy-invalid" "A policy lacks something that it needs, or names something that does not exist."
        ExpressionInvalid "expression-invalid" "An expression of a policy can't be read as it stands."
        ScriptNotRun "script-not-run" "Operations go through a C# script, which is not carried out."
    }
    /// lower: Power Platform connectors
    {
        ConnectionParameterUnbound "connection-parameter-unbound" "Nothing says where the value of a connection parameter goes."
        SecuritySchemeUnfed "security-scheme-unfed" "No connection parameter holds the credential of a security scheme."
    }
    /// normalize: servers and security
    {
        ServerInvalid "server-invalid" "A server lacks its URL or has variables without a default."
        SecuritySchemeInvalid "security-scheme-invalid" "A security scheme lacks something that it needs."
        SecuritySchemeUndeclared "security-scheme-undeclared" "A security requirement names a scheme that the document does not declare."
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unique_and_in_kebab_case() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for text in &texts {
            assert!(
                text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{text}"
            );
        }
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
