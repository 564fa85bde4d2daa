using Akka.Broker.Protocol.Generator;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>The schema files of the product, as embedded in the tests.</summary>
public static class Schemas
{
    private const string Prefix = "schema/";

    public static IReadOnlyList<Definition> Definitions { get; } = Load();

    /// <summary>Every message in every version.</summary>
    public static IEnumerable<(Message Message, short Version)> MessageVersions =>
        from definition in Definitions
        from message in definition.Messages
        from version in Enumerable.Range(definition.Versions.Low, definition.Versions.High - definition.Versions.Low + 1)
        select (message, (short)version);

    private static List<Definition> Load()
    {
        var assembly = typeof(Schemas).Assembly;
        List<Definition> definitions = [];
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            definitions.AddRange(SchemaParser.Parse(text.ReadToEnd(), Path.GetFileNameWithoutExtension(name)));
        }

        return definitions;
    }
}
