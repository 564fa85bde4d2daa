using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>
/// The serializers of a system: which one a type is bound to, and which one an identifier means. A type without a binding of its own
/// takes that of its nearest base class or interface; a type without any is an error, since nothing here serializes whatever comes along.
/// <para>Bindings are read on first use, and again when a lookup fails after an extension has added its defaults. Any thread.</para>
/// </summary>
public class Serialization
{
    [ThreadStatic]
    private static Information? _transport;

    private readonly Lock _loading = new();
    private readonly Serializer _nullSerializer;
    private volatile SerializerBindings _bindings;

    public Serialization(ExtendedActorSystem system)
    {
        System = system;
        _nullSerializer = new NullSerializer(system);
        _bindings = SerializerBindings.Empty;
    }

    public ExtendedActorSystem System { get; }

    internal static Information? TransportOrNull
    {
        get => _transport;
        set => _transport = value;
    }

    /// <summary>Runs <paramref name="action"/> so that references are serialized for a reader that knows the system by an address.</summary>
    public static T WithTransport<T>(ActorSystem system, Address address, Func<T> action)
    {
        var before = _transport;
        _transport = new Information(address, system);
        try
        {
            return action();
        }
        finally
        {
            _transport = before;
        }
    }

    public static T WithTransport<T>(ExtendedActorSystem system, Func<T> action) =>
        _transport is null ? WithTransport(system, system.Provider.DefaultAddress, action) : action();

    public static T WithTransport<TState, T>(ExtendedActorSystem system, TState state, Func<TState, T> action) =>
        WithTransport(system, () => action(state));

    public static Information GetCurrentTransportInformation() =>
        _transport ?? throw new InvalidOperationException($"nothing is being serialized; use {nameof(Serialization)}.{nameof(WithTransport)}");

    /// <summary>The path by which other systems reach an actor, with its uid; empty for nobody.</summary>
    public static string SerializedActorPath(IActorRef? actorRef)
    {
        if (actorRef is null or Nobody)
            return "";
        var path = actorRef.Path;
        if (_transport is { } transport)
            return path.ToSerializationFormatWithAddress(transport.Address);
        return actorRef is IInternalActorRef { Provider: { } provider }
            ? path.ToSerializationFormatWithAddress(provider.DefaultAddress)
            : path.ToSerializationFormat();
    }

    /// <summary>What tells a serializer's bytes of <paramref name="msg"/> from those of its other types.</summary>
    public static string ManifestFor(Serializer s, object msg) => s switch
    {
        SerializerWithStringManifest named => named.Manifest(msg),
        { IncludeManifest: true } => SerializerBindings.NameOf(msg.GetType()),
        _ => "",
    };

    public IActorRef DeserializeActorRef(string path) => path.Length == 0 ? ActorRefs.Nobody : System.Provider.ResolveActorRef(path);

    public byte[] Serialize(object o) => WithTransport(System, (this, o), static at => at.Item1.FindSerializerFor(at.o).ToBinary(at.o));

    public object Deserialize(byte[] bytes, int serializerId, Type type) =>
        WithTransport(System, () => SerializerById(serializerId).FromBinary(bytes, type));

    public object Deserialize(byte[] bytes, int serializerId, string manifest) => WithTransport(System, () => Read(bytes, serializerId, manifest));

    /// <summary>The serializer of an object's type; <paramref name="defaultSerializerName"/> is taken where none is bound.</summary>
    public Serializer FindSerializerFor(object obj, string? defaultSerializerName = null) =>
        obj is null ? _nullSerializer : FindSerializerForType(obj.GetType(), defaultSerializerName);

    public Serializer FindSerializerForType(Type objectType, string? defaultSerializerName = null)
    {
        if (Find(static (bindings, type) => bindings.ForType(type), objectType) is { } bound)
            return bound;
        if (defaultSerializerName is not null && Find(static (bindings, name) => bindings.ByName(name), defaultSerializerName) is { } byDefault)
            return byDefault;
        throw new SerializationException(
            $"no serializer is bound to [{objectType}]; bind the type, a base class or an interface of it in akka.actor.serialization-bindings");
    }

    public void AddSerializer(Serializer serializer) => Change(bindings => bindings.WithName(null, serializer));

    public void AddSerializer(string name, Serializer serializer) => Change(bindings => bindings.WithName(name, serializer));

    public void AddSerializationMap(Type type, Serializer serializer) => Change(bindings => bindings.WithType(type, serializer));

    /// <summary>Serializes into <paramref name="writer"/>, behind what is there.</summary>
    internal static void Write(Serializer serializer, object message, WireWriter writer)
    {
        if (serializer is WireSerializer own)
            own.Write(message, writer);
        else
            writer.Raw(serializer.ToBinary(message));
    }

    internal object Read(ReadOnlySpan<byte> bytes, int serializerId, string manifest)
    {
        var serializer = SerializerById(serializerId);
        switch (serializer)
        {
            case WireSerializer own:
                var reader = new WireReader(bytes);
                return own.Read(ref reader, manifest);
            case SerializerWithStringManifest named:
                return named.FromBinary(bytes.ToArray(), manifest);
            case { IncludeManifest: true }:
                return serializer.FromBinary(bytes.ToArray(), TypeOf(manifest, serializer));
            default:
                return serializer.FromBinary(bytes.ToArray(), null!);
        }
    }

    private Serializer SerializerById(int identifier)
    {
        if (identifier == _nullSerializer.Identifier)
            return _nullSerializer;
        return Find(static (bindings, id) => bindings.ById(id), identifier) ?? throw new SerializationException(
            $"no serializer has the identifier {identifier}; the sender has one in akka.actor.serializers that this system lacks");
    }

    /// <summary>A type that the wire names: only one that is bound to the serializer whose bytes these are.</summary>
    private Type TypeOf(string manifest, Serializer serializer)
    {
        var type = TypeResolver.TryResolve(manifest) ?? throw new SerializationException($"the type [{manifest}] of a message is not known here");
        return FindSerializerForType(type).Identifier == serializer.Identifier ? type : throw new SerializationException(
            $"the type [{manifest}] of a message is not bound to {serializer.GetType().Name}, which its sender used");
    }

    private Serializer? Find<TKey>(Func<SerializerBindings, TKey, Serializer?> lookUp, TKey key)
    {
        var bindings = _bindings;
        return lookUp(bindings, key) ?? (Load(bindings) ? lookUp(_bindings, key) : null);
    }

    /// <summary>Reads what the configuration has beyond what was seen; true if that may change an answer.</summary>
    private bool Load(SerializerBindings seen)
    {
        lock (_loading)
        {
            if (!ReferenceEquals(seen, _bindings))
                return true;
            var config = System.Settings.Config;
            if (ReferenceEquals(seen.ReadFrom, config))
                return false;
            _bindings = seen.Read(config, System);
            return true;
        }
    }

    private void Change(Func<SerializerBindings, SerializerBindings> change)
    {
        Load(_bindings);
        lock (_loading)
        {
            _bindings = change(_bindings);
        }
    }
}
