namespace Akka.Broker.Protocol.Messages;

/// <summary>
/// What stands before a response's body: the correlation id (version 0), then tagged fields (version 1, before flexible bodies).
/// ApiVersions answers with version 0 always: the client cannot know yet what the broker speaks.
/// </summary>
public sealed record ResponseHeader(int CorrelationId)
{
    public List<RawTaggedField>? UnknownTaggedFields { get; init; }

    public static int VersionFor(ApiKey apiKey, short apiVersion) =>
        apiKey != ApiKey.ApiVersions && KnownApis.TryGet(apiKey, out var range) && range.IsFlexible(apiVersion) ? 1 : 0;

    /// <summary>Reads the header of an answer to that version of that API and leaves the reader at the body.</summary>
    public static ResponseHeader Read(ref MessageReader reader, ApiKey apiKey, short apiVersion)
    {
        var correlationId = reader.ReadInt32();
        return new ResponseHeader(correlationId)
        {
            UnknownTaggedFields = VersionFor(apiKey, apiVersion) >= 1 ? TaggedFields.ReadUnknown(ref reader) : null,
        };
    }

    public void Write(MessageWriter writer, ApiKey apiKey, short apiVersion)
    {
        writer.WriteInt32(CorrelationId);
        if (VersionFor(apiKey, apiVersion) >= 1)
            TaggedFields.WriteUnknown(writer, UnknownTaggedFields);
    }
}
