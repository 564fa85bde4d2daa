using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>
/// Names, identifiers and types of serializers: <c>akka.actor.serializers</c> and <c>serialization-bindings</c>. An identifier has one serializer, and a
/// binding's serializer has a name. Immutable but for the answers it remembers.
/// </summary>
internal sealed class SerializerBindings
{
    public static readonly SerializerBindings Empty = new(
        null, ImmutableDictionary<string, Serializer>.Empty, ImmutableDictionary<int, Serializer>.Empty, ImmutableDictionary<Type, Serializer>.Empty);

    private readonly ImmutableDictionary<string, Serializer> _byName;
    private readonly ImmutableDictionary<int, Serializer> _byId;
    private readonly ImmutableDictionary<Type, Serializer> _byType;
    private readonly ConcurrentDictionary<Type, Serializer> _answers = new();

    private SerializerBindings(
        Config? readFrom,
        ImmutableDictionary<string, Serializer> byName,
        ImmutableDictionary<int, Serializer> byId,
        ImmutableDictionary<Type, Serializer> byType)
    {
        ReadFrom = readFrom;
        _byName = byName;
        _byId = byId;
        _byType = byType;
    }

    /// <summary>The configuration that was read; null before the first.</summary>
    public Config? ReadFrom { get; }

    /// <summary>A type's name for the wire, without versions.</summary>
    public static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    public Serializer? ByName(string name) => _byName.GetValueOrDefault(name);

    public Serializer? ById(int identifier) => _byId.GetValueOrDefault(identifier);

    /// <summary>The binding of the type itself, or of the nearest of its base classes and interfaces; null for none.</summary>
    public Serializer? ForType(Type type)
    {
        if (_answers.TryGetValue(type, out var known))
            return known;
        var found = _byType.GetValueOrDefault(type) ?? Nearest(type);
        if (found is not null)
            _answers[type] = found;
        return found;
    }

    public SerializerBindings WithName(string? name, Serializer serializer) => new(
        ReadFrom, name is null ? _byName : _byName.SetItem(name, serializer), _byId.SetItem(serializer.Identifier, serializer), _byType);

    public SerializerBindings WithType(Type type, Serializer serializer) =>
        new(ReadFrom, _byName, _byId.SetItem(serializer.Identifier, serializer), _byType.SetItem(type, serializer));

    /// <summary>These with what <paramref name="config"/> has beside them.</summary>
    public SerializerBindings Read(Config config, ExtendedActorSystem system)
    {
        var (byName, byId, byType) = (_byName, _byId, _byType);
        foreach (var (name, value) in Entries(config, "akka.actor.serializers"))
        {
            if (byName.ContainsKey(name))
                continue;
            var made = Make(name, value, config, system);
            if (byId.TryGetValue(made.Identifier, out var other))
            {
                throw new ConfigurationException(
                    $"akka.actor.serializers.{name}: {made.GetType().Name} has the identifier {made.Identifier}, which {other.GetType().Name} has too");
            }
            byName = byName.Add(name, made);
            byId = byId.Add(made.Identifier, made);
        }
        foreach (var (typeName, serializerName) in Entries(config, "akka.actor.serialization-bindings"))
        {
            var path = $"akka.actor.serialization-bindings.\"{typeName}\"";
            var type = TypeResolver.Resolve(typeName, path);
            if (byType.ContainsKey(type))
                continue;
            byType = byType.Add(type, byName.GetValueOrDefault(serializerName) ?? throw new ConfigurationException(
                $"{path} names the serializer [{serializerName}], which is not in akka.actor.serializers; there are: {string.Join(", ", byName.Keys.Order())}"));
        }
        return new SerializerBindings(config, byName, byId, byType);
    }

    private static IEnumerable<(string Key, string Value)> Entries(Config config, string section) =>
        config.GetConfig(section) is { } entries ? entries.AsEnumerable().Select(entry => (entry.Key, entry.Value.GetString())) : [];

    private Serializer? Nearest(Type type)
    {
        Type? nearest = null;
        foreach (var bound in _byType.Keys)
        {
            // Of two that are unrelated the one first in name is taken, so that all nodes agree.
            if (bound.IsAssignableFrom(type) &&
                (nearest is null || nearest.IsAssignableFrom(bound) ||
                 (!bound.IsAssignableFrom(nearest) && string.CompareOrdinal(bound.FullName, nearest.FullName) < 0)))
            {
                nearest = bound;
            }
        }
        return nearest is null ? null : _byType[nearest];
    }

    private static Serializer Make(string name, string className, Config config, ExtendedActorSystem system)
    {
        var path = $"akka.actor.serializers.{name}";
        var takesSettings = TypeResolver.Resolve(className, path).GetConstructor([typeof(ExtendedActorSystem), typeof(Config)]) is not null;
        return takesSettings
            ? TypeResolver.Create<Serializer>(className, path, system, config.GetConfig($"akka.actor.serialization-settings.{name}") ?? Config.Empty)
            : TypeResolver.Create<Serializer>(className, path, system);
    }
}
