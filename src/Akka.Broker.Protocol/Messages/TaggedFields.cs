namespace Akka.Broker.Protocol.Messages;

/// <summary>The tagged section (KIP-482) of a structure that has no tagged fields of its own.</summary>
public static class TaggedFields
{
    /// <summary>Null if there are none, which is the common case.</summary>
    public static List<RawTaggedField>? ReadUnknown(ref MessageReader reader)
    {
        List<RawTaggedField>? fields = null;
        var tag = -1;
        for (var left = reader.ReadUnsignedVarint(); left > 0; left--)
        {
            var outerEnd = reader.BeginTaggedField(ref tag);
            (fields ??= []).Add(reader.ReadRawTaggedField(tag));
            reader.EndTaggedField(outerEnd);
        }

        return fields;
    }

    public static void WriteUnknown(MessageWriter writer, List<RawTaggedField>? fields)
    {
        writer.WriteUnsignedVarint((uint)(fields?.Count ?? 0));
        writer.WriteRawTaggedFields(fields, 0);
    }
}
