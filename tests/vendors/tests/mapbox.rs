//! Mapbox: a token in the query, paths that are more than words between slashes.

use connector_runtime::mock::{MockTransport, Reply};
use mapbox::Client;
use mapbox::connection::ConnectionParameters;

use crate::wire::{assert_sent, sent, server};

fn client(server: &MockTransport) -> Client {
    Client::builder()
        .parameters(ConnectionParameters::new("pk.token"))
        .transport(server.clone())
        .build()
        .unwrap()
}

/// `{overlay}/{lon},{lat},{zoom},{bearing},{pitch}/{width}x{height}`, the overlay `pin-s+ff2211(lon,lat)`:
/// <https://docs.mapbox.com/api/maps/static-images>
#[tokio::test]
async fn a_map_is_drawn_around_a_pin() {
    let server = MockTransport::new();
    server.reply(Reply::bytes(200, "image/png", &b"\x89PNG"[..]));
    let call = client(&server).styles().get_static_map(
        "-87.0186", "32.4055", -87.0186, 32.4055, 13.31, 0.0, 60.0, 500, 300,
    );
    let image = call.send().await.unwrap();
    assert_eq!(&image.bytes().await.unwrap()[..], b"\x89PNG");
    let request = server.last_request().unwrap();
    assert_sent(
        &request,
        "GET",
        "https://api.mapbox.com/styles/v1/mapbox/streets-v11/static/pin-s+ff2211(-87.0186,32.4055)/\
         -87.0186,32.4055,13.31,0,60/500x300?access_token=pk.token",
        &[],
    );
}

/// Coordinates are pairs between semicolons: <https://docs.mapbox.com/api/navigation/directions>
#[tokio::test]
async fn a_route_leads_through_coordinates() {
    let server = server();
    let call = client(&server)
        .directions()
        .get_route("driving", "13.43,52.51;13.42,52.5")
        .geometries("geojson")
        .steps(true);
    let request = sent(&server, call.send()).await;
    // An API that takes `;` and `,` as they are takes them escaped as well (RFC 3986, 2.2).
    let path = request.path().replace("%2C", ",").replace("%3B", ";");
    assert_eq!(path, "/directions/v5/mapbox/driving/13.43,52.51;13.42,52.5");
    let query = [
        ("geometries", "geojson"),
        ("steps", "true"),
        ("access_token", "pk.token"),
    ];
    assert_eq!(
        request.query(),
        query.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
}

/// <https://docs.mapbox.com/api/search/geocoding-v5>: the text that is searched for is part of the path and escaped.
#[tokio::test]
async fn a_place_is_found() {
    let server = server();
    let call = client(&server).geocoding().fw("2 Lincoln Memorial Cir/SW");
    let request = sent(&server, call.limit(1).send()).await;
    assert_sent(
        &request,
        "GET",
        "https://api.mapbox.com/geocoding/v5/mapbox.places/2%20Lincoln%20Memorial%20Cir%2FSW.json?\
         limit=1&access_token=pk.token",
        &[],
    );
}
