using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Tools.Singleton.Serialization;

/// <summary>The messages between the managers of a singleton.</summary>
internal sealed class ClusterSingletonMessageSerializer(ExtendedActorSystem system) : WireSerializer(system)
{
    public override int Identifier => 14;

    public override string Manifest(object o) => o switch
    {
        HandOverToMe => "A",
        HandOverDone => "B",
        _ => throw Unknown(o),
    };

    internal override void Write(object obj, WireWriter writer)
    {
        switch (obj)
        {
            case HandOverToMe request:
                WriteNode(request.From, writer);
                WriteNode(request.Of, writer);
                writer.Bool(request.IsDown);
                break;
            case HandOverDone done:
                WriteNode(done.Of, writer);
                break;
            default:
                throw Unknown(obj);
        }
    }

    internal override object Read(ref WireReader reader, string manifest) => manifest switch
    {
        "A" => new HandOverToMe(ReadNode(ref reader), ReadNode(ref reader), reader.Bool()),
        "B" => new HandOverDone(ReadNode(ref reader)),
        _ => throw Unknown(manifest),
    };

    private static void WriteNode(UniqueAddress node, WireWriter writer)
    {
        writer.String(node.Address.ToString());
        writer.Int32(node.Uid);
    }

    private static UniqueAddress ReadNode(ref WireReader reader)
    {
        var text = reader.String();
        return Address.TryParse(text, out var address)
            ? new UniqueAddress(address, reader.Int32())
            : throw new SerializationException($"[{text}] is no address");
    }
}
