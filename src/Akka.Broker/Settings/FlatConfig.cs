using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Broker.Settings;

/// <summary>
/// The leaves of a HOCON tree under one root, by their dotted path. <c>a.b = 1</c>, <c>a { b = 1 }</c> and <c>"a.b" = 1</c> are the same leaf here,
/// so that Kafka's dotted names can be written either way.
/// </summary>
internal static class FlatConfig
{
    /// <summary>Puts every leaf of <paramref name="layer"/> under <paramref name="root"/> into <paramref name="leaves"/>, over what is there.</summary>
    public static void AddTo(Dictionary<string, HoconValue> leaves, Config layer, string root)
    {
        if (!layer.IsEmpty && layer.HasPath(root))
            Add(leaves, root, layer.GetValue(root));
    }

    private static void Add(Dictionary<string, HoconValue> leaves, string path, HoconValue value)
    {
        if (!value.IsObject())
        {
            leaves[path] = value;
            return;
        }
        foreach (var (key, child) in value.GetObject().Items)
            Add(leaves, $"{path}.{key}", child);
    }
}
