namespace Akka.Broker.Protocol.Generator;

/// <summary>The fewest bytes that an array's element can take: the reader refuses counts that the rest of the frame cannot hold.</summary>
internal static class SizeBound
{
    public static int Of(Message message, Field field)
    {
        var least = int.MaxValue;
        for (var version = field.Versions.Low; version <= field.Versions.High; version++)
            least = Math.Min(least, OfElement(message, field.Type, version));
        return Math.Max(1, least);
    }

    private static int OfElement(Message message, FieldType type, int version)
    {
        var compact = version >= message.Definition.FlexibleFrom;
        if (type.Structure is null)
            return Primitive.All[type.Primitive].SizeMin(compact);
        var taggedSection = compact ? 1 : 0;
        return taggedSection + type.Structure.Fields.Where(f => f.Versions.Contains(version) && !f.TagVersions.Contains(version)).Sum(f => OfField(message, f, version));
    }

    private static int OfField(Message message, Field field, int version)
    {
        if (field.Type.IsArray)
            return version >= message.Definition.FlexibleFrom ? 1 : 4;
        return field.Type.Structure is not null && field.NullVersions.Contains(version) ? 1 : OfElement(message, field.Type, version);
    }
}
