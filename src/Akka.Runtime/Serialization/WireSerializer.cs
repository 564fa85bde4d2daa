using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>The base of the runtime's own serializers: they write into the frame itself, without an array a message.</summary>
internal abstract class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public sealed override byte[] ToBinary(object obj)
    {
        var writer = new WireWriter();
        Write(obj, writer);
        return writer.ToArray();
    }

    public sealed override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new WireReader(bytes);
        return Read(ref reader, manifest);
    }

    internal abstract void Write(object obj, WireWriter writer);

    internal abstract object Read(ref WireReader reader, string manifest);

    /// <summary>An object within a message: serializer, manifest, bytes.</summary>
    protected void WritePayload(object? payload, WireWriter writer)
    {
        var serialization = system.Serialization;
        var serializer = serialization.FindSerializerFor(payload!);
        writer.VarInt(serializer.Identifier);
        writer.String(payload is null ? "" : Serialization.ManifestFor(serializer, payload));
        var at = writer.Length;
        writer.Int32(0);
        Serialization.Write(serializer, payload!, writer);
        writer.PatchInt32(at, writer.Length - at - sizeof(int));
    }

    protected object? ReadPayload(ref WireReader reader)
    {
        // A payload holds a payload holds …: bytes from outside must not be able to overflow the stack.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var identifier = (int)reader.VarInt();
        var manifest = reader.String();
        var length = reader.Int32();
        if (length < 0)
            throw new SerializationException($"the length of a payload is {length}");
        return system.Serialization.Read(reader.Take((ulong)length), identifier, manifest);
    }

    protected static void WriteRef(IActorRef? actorRef, WireWriter writer) =>
        writer.String(actorRef is null ? null : Serialization.SerializedActorPath(actorRef));

    protected IActorRef? ReadRef(ref WireReader reader) =>
        reader.StringOrNull() is { } path ? system.Serialization.DeserializeActorRef(path) : null;

    protected SerializationException Unknown(string manifest) =>
        new($"{GetType().Name} does not know the manifest [{manifest}]; the sender runs another version");

    protected SerializationException Unknown(object obj) => new($"{GetType().Name} does not serialize {obj.GetType()}");
}
