namespace Akka.Broker.Protocol.Messages;

/// <summary>
/// What stands before a request's body.
/// <code>
/// int16 API key, int16 API version, int32 correlation id     version 0: ControlledShutdown 0 alone
/// int16-length nullable string: client id                    version 1: the plain versions of an API
/// tagged fields                                              version 2: its flexible versions
/// </code>
/// The client id keeps its int16 length in version 2: a broker must be able to read it before it knows whether it can read the rest.
/// </summary>
public sealed record RequestHeader(ApiKey ApiKey, short ApiVersion, int CorrelationId, string? ClientId)
{
    public List<RawTaggedField>? UnknownTaggedFields { get; init; }

    /// <summary>Which header version stands before that version of that API. An unknown API is taken for a plain one.</summary>
    public static int VersionFor(ApiKey apiKey, short apiVersion)
    {
        if (apiKey == ApiKey.ControlledShutdown && apiVersion == 0)
            return 0;
        return KnownApis.TryGet(apiKey, out var range) && range.IsFlexible(apiVersion) ? 2 : 1;
    }

    /// <summary>Reads the header and leaves the reader at the body. API and version may be ones that nobody knows.</summary>
    public static RequestHeader Read(ref MessageReader reader)
    {
        var apiKey = (ApiKey)reader.ReadInt16();
        var apiVersion = reader.ReadInt16();
        var correlationId = reader.ReadInt32();
        var version = VersionFor(apiKey, apiVersion);
        var clientId = version >= 1 ? reader.ReadNullableString(compact: false) : null;
        return new RequestHeader(apiKey, apiVersion, correlationId, clientId)
        {
            UnknownTaggedFields = version >= 2 ? TaggedFields.ReadUnknown(ref reader) : null,
        };
    }

    public void Write(MessageWriter writer)
    {
        var version = VersionFor(ApiKey, ApiVersion);
        writer.WriteInt16((short)ApiKey);
        writer.WriteInt16(ApiVersion);
        writer.WriteInt32(CorrelationId);
        if (version >= 1)
            writer.WriteString(ClientId, compact: false, mayBeNull: true);
        if (version >= 2)
            TaggedFields.WriteUnknown(writer, UnknownTaggedFields);
    }
}
