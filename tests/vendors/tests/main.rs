//! What clients of real connectors send is what the public documentation of the vendors says.
//!
//! Each module is about one connector and is named after it. A test names the page that says what the API wants; values are
//! examples. Where a connector departs from its vendor's documentation, what leaves is what the connector says, and the test
//! tells.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod activecampaign;
mod airmeet;
mod alisqi;
mod azure_communication_services_email;
mod azure_communication_services_sms_events;
mod celonis;
mod cradl_ai;
mod docusign;
mod giscloud;
mod hubspot_crm_v2;
mod instagram_professional;
mod lawvu;
mod mapbox;
mod open_brewery_db;
mod open_data_network;
mod outlooktasks;
mod planner;
mod wire;
mod woodpecker;
mod yelp;
