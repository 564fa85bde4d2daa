using System.Buffers;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>Kafka's rules for topic names.</summary>
public static class TopicNames
{
    public const int LengthMax = 249;

    private static readonly SearchValues<char> Legal = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Null if a topic may have the name, else why not.</summary>
    public static string? Refuse(string name)
    {
        if (name.Length == 0)
            return "A topic's name is empty; allowed: 1 to 249 letters, digits, '.', '_' and '-'.";
        if (name is "." or "..")
            return $"A topic cannot be named '{name}'; folders are.";
        if (name.Length > LengthMax)
            return $"The topic's name has {name.Length} characters; allowed: 1 to {LengthMax}.";
        if (name.AsSpan().ContainsAnyExcept(Legal))
            return $"The topic's name '{name}' has a character that is not allowed; allowed: letters, digits, '.', '_' and '-'.";
        return name == InternalTopics.ClusterMetadata ? $"'{name}' is the metadata log's name." : null;
    }

    /// <summary>Names that differ in '.' and '_' alone would be one metric; two such topics cannot be.</summary>
    public static string CollisionKey(string name) => name.Replace('.', '_');

    public static bool MayCollide(string name) => name.AsSpan().IndexOfAny('.', '_') >= 0;
}
