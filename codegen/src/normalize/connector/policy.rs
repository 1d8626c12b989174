//! Policy template instances: which template, which operations, which way.

use serde_json::{Map, Value};

use super::action::{Arguments, Refused, action};
use super::{Connector, OperationIds, UnknownPolicy, scalar, take};
use crate::diagnostics::Code;
use crate::model::{Action, Piece, Policy, Section, Template};
use crate::normalize::Normalizer;
use crate::normalize::at::At;

impl Normalizer<'_> {
    /// Reads `policyTemplateInstances`.
    pub(super) fn policies(
        &mut self,
        properties: &mut Map<String, Value>,
        ids: &OperationIds,
        connector: &mut Connector,
        at: &At<'_>,
    ) {
        let Some(value) = take(properties, "policyTemplateInstances") else {
            return;
        };
        let at = at.key("policyTemplateInstances");
        for (index, item) in self.list(value, &at).into_iter().enumerate() {
            self.policy(item, ids, connector, &at.index(index));
        }
    }

    fn policy(&mut self, value: Value, ids: &OperationIds, connector: &mut Connector, at: &At<'_>) {
        let mut members = self.mapping(value, at);
        let id = take(&mut members, "templateId").and_then(|value| self.string(value, at));
        let Some(id) = id
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
        else {
            let message = "a policy without `templateId` is left out";
            self.diagnostics
                .warn(Code::PolicyInvalid, &at.pointer(), message);
            return;
        };
        let at_parameters = at.key("parameters");
        let parameters = take(&mut members, "parameters").unwrap_or_default();
        let parameters = self.mapping(parameters, &at_parameters);
        let mut arguments = Arguments::new(parameters);
        let Some(operations) = self.scope(&mut arguments, ids, &at_parameters) else {
            return;
        };
        let action = action(&id, &mut arguments);
        self.report_problems(&arguments, &at_parameters);
        let mut action = match action {
            Ok(action) => action,
            Err(Refused::Unknown) => {
                let message =
                    format!("the policy template `{id}` is not known; it is not carried out");
                self.diagnostics.warn(
                    Code::PolicyUnknown,
                    &at.key("templateId").pointer(),
                    message,
                );
                connector
                    .unknown_policies
                    .push(UnknownPolicy { id, operations });
                return;
            }
            Err(Refused::Incomplete(reason)) => {
                let message = format!("the policy `{id}` is left out: {reason}");
                self.diagnostics
                    .warn(Code::PolicyInvalid, &at_parameters.pointer(), message);
                return;
            }
        };
        let Some(section) = self.policy_section(&mut arguments, &action, &at_parameters) else {
            return;
        };
        for template in action.templates_mut() {
            self.settle_names(template, connector, &at_parameters);
        }
        connector.policies.push(Policy {
            operations,
            section,
            action,
        });
    }

    /// The operations that a policy is for, by the ids of the document; `None` if it names some, and none of them exists.
    fn scope(
        &mut self,
        arguments: &mut Arguments,
        ids: &OperationIds,
        at: &At<'_>,
    ) -> Option<Vec<String>> {
        let Some((key, value)) = arguments.take("operationName") else {
            return Some(Vec::new());
        };
        let at = at.key(&key);
        let operations = self.named_operations(value, ids, &at);
        if operations.is_none() {
            let message = "a policy is left out: none of its operations is in the document";
            self.diagnostics
                .warn(Code::PolicyInvalid, &at.pointer(), message);
        }
        operations
    }

    /// Which way a policy works; `None` if that is a way that is not carried out.
    fn policy_section(
        &mut self,
        arguments: &mut Arguments,
        action: &Action,
        at: &At<'_>,
    ) -> Option<Section> {
        let usual = match action {
            Action::NextLink { .. } | Action::Poll { .. } | Action::Unauthenticated { .. } => {
                Section::Response
            }
            _ => Section::Request,
        };
        let Some((key, value)) = arguments.take("policySection") else {
            return Some(usual);
        };
        let word = scalar(&value).unwrap_or_default();
        let (section, message) = match word.trim().to_ascii_lowercase().as_str() {
            "" => return Some(usual),
            "request" | "inbound" => return Some(Section::Request),
            "response" | "outbound" => return Some(Section::Response),
            "failure" => (
                None,
                "a policy for answers to failed calls is left out".to_owned(),
            ),
            _ => (
                Some(usual),
                format!("`{word}` is neither `Request` nor `Response`; it is ignored"),
            ),
        };
        self.diagnostics
            .warn(Code::PolicyInvalid, &at.key(&key).pointer(), message);
        section
    }

    fn report_problems(&mut self, arguments: &Arguments, at: &At<'_>) {
        for (key, problem) in &arguments.problems {
            let (message, hint) = problem.explain();
            let pointer = at.key(key).pointer();
            self.diagnostics
                .warn(Code::ExpressionInvalid, &pointer, message)
                .hint(hint);
        }
        for (key, message) in &arguments.remarks {
            self.diagnostics
                .warn(Code::PolicyInvalid, &at.key(key).pointer(), message.clone());
        }
    }

    /// Gives the connection parameters in a template the names that they are declared with.
    fn settle_names(&mut self, template: &mut Template, connector: &Connector, at: &At<'_>) {
        for piece in &mut template.0 {
            let Piece::ConnectionParameter(name, _) = piece else {
                continue;
            };
            let declared = connector
                .parameter_sets
                .iter()
                .flat_map(|set| &set.parameters)
                .find(|parameter| parameter.name.eq_ignore_ascii_case(name.trim()));
            match declared {
                Some(parameter) => name.clone_from(&parameter.name),
                None => {
                    let message = format!(
                        "a policy reads the connection parameter `{name}`, which is not declared"
                    );
                    self.diagnostics
                        .warn(Code::PolicyInvalid, &at.pointer(), message);
                }
            }
        }
    }
}
