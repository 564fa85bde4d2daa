using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>A serializer that tells the types of its bytes apart by names of its own, so that types can be renamed and formats can change.</summary>
public abstract class SerializerWithStringManifest : Serializer
{
    protected SerializerWithStringManifest(ExtendedActorSystem system)
        : base(system)
    {
    }

    public sealed override bool IncludeManifest => true;

    public sealed override object FromBinary(byte[] bytes, Type type) => throw new SerializationException(
        $"{GetType().Name} reads by string manifest; bytes with the manifest of type [{type}] were written by another serializer");

    public abstract object FromBinary(byte[] bytes, string manifest);

    public abstract string Manifest(object o);
}
