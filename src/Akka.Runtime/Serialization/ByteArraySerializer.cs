using Akka.Actor;

namespace Akka.Serialization;

/// <summary>Bytes are their own serialized form.</summary>
public class ByteArraySerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => obj switch
    {
        null => [],
        byte[] bytes => bytes,
        _ => throw new ArgumentException($"{nameof(ByteArraySerializer)} takes byte[] only, not {obj.GetType()}", nameof(obj)),
    };

    public override object FromBinary(byte[] bytes, Type type) => bytes;
}
