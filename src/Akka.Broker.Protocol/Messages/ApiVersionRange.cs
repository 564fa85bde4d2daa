namespace Akka.Broker.Protocol.Messages;

/// <summary>Which versions of an API the schema knows. What the broker serves and announces of them is its handlers' choice.</summary>
/// <param name="ApiKey">The API.</param>
/// <param name="Lowest">The lowest version that can be read and written.</param>
/// <param name="Highest">The highest version that can be read and written.</param>
/// <param name="FlexibleFrom">The first version with compact encodings and tagged fields (KIP-482); <see cref="short.MaxValue"/>: none.</param>
public readonly record struct ApiVersionRange(ApiKey ApiKey, short Lowest, short Highest, short FlexibleFrom)
{
    public bool Contains(short version) => version >= Lowest && version <= Highest;

    /// <summary>Answers for versions above <see cref="Highest"/> too: a header must be readable before its version can be refused.</summary>
    public bool IsFlexible(short version) => version >= FlexibleFrom;
}
