//! serde's traits on top of the codec, so that models work with any format that serde knows.

/// Implements `serde::Serialize` and `serde::Deserialize` for types that implement [`Encode`](crate::Encode) and
/// [`Decode`](crate::Decode).
#[macro_export]
macro_rules! impl_serde {
    ($($ty:ty),* $(,)?) => {$(
        impl $crate::__private::serde::Serialize for $ty {
            #[inline]
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::serde::Serialize::serialize(&$crate::Encode::encode(self), serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $ty {
            #[inline]
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let value = <$crate::Value as $crate::__private::serde::Deserialize>::deserialize(deserializer)?;
                <$ty as $crate::Decode>::decode(value).map_err($crate::__private::serde::de::Error::custom)
            }
        }
    )*};
}

impl_serde!(
    crate::Base64,
    crate::DateTime,
    crate::Time,
    crate::UnknownValue,
    crate::UnknownVariant
);
