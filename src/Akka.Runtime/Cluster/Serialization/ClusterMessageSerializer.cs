using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>The messages between cluster daemons. Each begins with the version of its form.</summary>
internal sealed class ClusterMessageSerializer(ExtendedActorSystem system) : WireSerializer(system)
{
    private const byte Version = 1;

    private const string InitJoinManifest = "IJ";
    private const string InitJoinAckManifest = "IJA";
    private const string InitJoinNackManifest = "IJN";
    private const string JoinManifest = "J";
    private const string WelcomeManifest = "W";
    private const string GossipManifest = "GE";
    private const string StatusManifest = "GS";
    private const string ExitingConfirmedManifest = "EC";
    private const string HeartbeatManifest = "HB";
    private const string ResponseManifest = "HR";

    private readonly ExtendedActorSystem _system = system;

    public override int Identifier => 5;

    public override string Manifest(object o) => o switch
    {
        Heartbeat => HeartbeatManifest,
        HeartbeatResponse => ResponseManifest,
        GossipEnvelope => GossipManifest,
        GossipStatus => StatusManifest,
        InitJoin => InitJoinManifest,
        InitJoinAck => InitJoinAckManifest,
        InitJoinNack => InitJoinNackManifest,
        Join => JoinManifest,
        Welcome => WelcomeManifest,
        ExitingConfirmed => ExitingConfirmedManifest,
        _ => throw Unknown(o),
    };

    internal override void Write(object obj, WireWriter writer)
    {
        writer.Byte(Version);
        var table = new NodeTableWriter(writer);
        switch (obj)
        {
            case Heartbeat beat:
                table.Node(beat.From);
                table.Node(beat.To);
                writer.VarUInt((ulong)beat.Sequence);
                break;
            case HeartbeatResponse answer:
                table.Node(answer.From);
                table.Node(answer.Meant);
                writer.VarUInt((ulong)answer.Sequence);
                break;
            case GossipEnvelope envelope:
                table.Node(envelope.From);
                table.Node(envelope.To);
                GossipWire.Write(envelope.Gossip, table, writer);
                break;
            case GossipStatus status:
                table.Node(status.From);
                table.Node(status.To);
                writer.Int64((long)status.Digest.Version);
                writer.Int64((long)status.Digest.Seen);
                break;
            case InitJoin asked:
                table.Node(asked.From);
                break;
            case InitJoinAck ack:
                table.Node(ack.From);
                break;
            case InitJoinNack nack:
                table.Node(nack.From);
                break;
            case Join join:
                table.Node(join.Node);
                GossipWire.WriteRoles(join.Roles, table, writer);
                break;
            case Welcome welcome:
                table.Node(welcome.From);
                GossipWire.Write(welcome.Gossip, table, writer);
                break;
            case ExitingConfirmed confirmed:
                table.Node(confirmed.Node);
                break;
            default:
                throw Unknown(obj);
        }
    }

    internal override object Read(ref WireReader reader, string manifest)
    {
        var version = reader.Byte();
        if (version != Version)
        {
            throw new SerializationException($"a cluster message [{manifest}] has version {version}, this node reads {Version}; run the same release on both");
        }

        var table = new NodeTableReader();
        return manifest switch
        {
            HeartbeatManifest => new Heartbeat(table.Node(ref reader), table.Node(ref reader), (long)reader.VarUInt()),
            ResponseManifest => new HeartbeatResponse(table.Node(ref reader), table.Node(ref reader), (long)reader.VarUInt()),
            GossipManifest => new GossipEnvelope(
                table.Node(ref reader), table.Node(ref reader), GossipWire.Read(table, ref reader), _system.Scheduler.MonotonicClock),
            StatusManifest => new GossipStatus(
                table.Node(ref reader), table.Node(ref reader), new GossipDigest((ulong)reader.Int64(), (ulong)reader.Int64())),
            InitJoinManifest => new InitJoin(table.Node(ref reader)),
            InitJoinAckManifest => new InitJoinAck(table.Node(ref reader)),
            InitJoinNackManifest => new InitJoinNack(table.Node(ref reader)),
            JoinManifest => new Join(table.Node(ref reader), GossipWire.ReadRoles(table, ref reader)),
            WelcomeManifest => new Welcome(table.Node(ref reader), GossipWire.Read(table, ref reader)),
            ExitingConfirmedManifest => new ExitingConfirmed(table.Node(ref reader)),
            _ => throw Unknown(manifest),
        };
    }
}
