using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Sharding.Serialization;

/// <summary>
/// The messages of sharding between nodes: references as paths, lists with their count, a user's message in an envelope by its own serializer.
/// A format that changes gets a new manifest.
/// </summary>
internal sealed class ClusterShardingMessageSerializer(ExtendedActorSystem system) : WireSerializer(system)
{
    public override int Identifier => 13;

    public override string Manifest(object o) => o switch
    {
        ShardingEnvelope => "E",
        Register => "RG",
        RegisterProxy => "RP",
        RegisterAck => "RA",
        CoordinatorStarted => "CS",
        GetShardHome => "GH",
        ShardHome => "SH",
        ShardHomes => "HH",
        ShardHomeless => "SL",
        HostShard => "HS",
        ShardStarted => "SS",
        BeginHandOff => "BH",
        HandOffFence => "HF",
        BeginHandOffAck => "BA",
        HandOff => "HO",
        ShardStopped => "ST",
        GracefulShutdownReq => "GS",
        ShardRegion.StartEntity => "SE",
        GetShardRegionState => "QS",
        CurrentShardRegionState => "AS",
        ShardState => "S",
        GetShardRegionStats => "QR",
        ShardRegionStats => "AR",
        GetCurrentRegions => "QC",
        CurrentRegions => "AC",
        GetClusterShardingStats => "QT",
        ClusterShardingStats => "AT",
        _ => throw Unknown(o),
    };

    internal override void Write(object obj, WireWriter writer)
    {
        switch (obj)
        {
            case ShardingEnvelope envelope:
                writer.String(envelope.EntityId);
                WritePayload(envelope.Message, writer);
                break;
            case Register register:
                WriteRef(register.Region, writer);
                WriteNames(register.Shards, writer);
                WriteNames(register.Stopping, writer);
                writer.VarUInt((ulong)register.Part);
                writer.Bool(register.IsLast);
                break;
            case RegisterProxy register:
                WriteRef(register.Proxy, writer);
                break;
            case RegisterAck ack:
                WriteRef(ack.Coordinator, writer);
                break;
            case CoordinatorStarted started:
                WriteRef(started.Coordinator, writer);
                break;
            case GracefulShutdownReq request:
                WriteRef(request.Region, writer);
                break;
            case GetShardHome { Shard: var shard }:
                writer.String(shard);
                break;
            case ShardHomeless { Shard: var shard }:
                writer.String(shard);
                break;
            case HostShard { Shard: var shard }:
                writer.String(shard);
                break;
            case ShardStarted { Shard: var shard }:
                writer.String(shard);
                break;
            case BeginHandOff { Shard: var shard }:
                writer.String(shard);
                break;
            case HandOff { Shard: var shard }:
                writer.String(shard);
                break;
            case ShardHome home:
                writer.String(home.Shard);
                WriteRef(home.Region, writer);
                break;
            case BeginHandOffAck ack:
                writer.String(ack.Shard);
                WriteRef(ack.Region, writer);
                break;
            case ShardStopped stopped:
                writer.String(stopped.Shard);
                WriteRef(stopped.Region, writer);
                break;
            case HandOffFence fence:
                writer.String(fence.Shard);
                WriteRef(fence.Region, writer);
                WriteRef(fence.Coordinator, writer);
                break;
            case ShardHomes homes:
                WriteRef(homes.Region, writer);
                WriteNames(homes.Shards, writer);
                break;
            default:
                WriteQuery(obj, writer);
                break;
        }
    }

    internal override object Read(ref WireReader reader, string manifest) => manifest switch
    {
        "E" => new ShardingEnvelope(reader.String(), ReadPayload(ref reader)!),
        "RG" => new Register(
            Ref(ref reader), ReadNames(ref reader), ReadNames(ref reader), checked((int)reader.VarUInt()), reader.Bool()),
        "RP" => new RegisterProxy(Ref(ref reader)),
        "RA" => new RegisterAck(Ref(ref reader)),
        "CS" => new CoordinatorStarted(Ref(ref reader)),
        "GS" => new GracefulShutdownReq(Ref(ref reader)),
        "GH" => new GetShardHome(reader.String()),
        "SL" => new ShardHomeless(reader.String()),
        "HS" => new HostShard(reader.String()),
        "SS" => new ShardStarted(reader.String()),
        "BH" => new BeginHandOff(reader.String()),
        "HO" => new HandOff(reader.String()),
        "SH" => new ShardHome(reader.String(), Ref(ref reader)),
        "BA" => new BeginHandOffAck(reader.String(), Ref(ref reader)),
        "ST" => new ShardStopped(reader.String(), Ref(ref reader)),
        "HF" => new HandOffFence(reader.String(), Ref(ref reader), Ref(ref reader)),
        "HH" => new ShardHomes(Ref(ref reader), ReadNames(ref reader)),
        _ => ReadQuery(ref reader, manifest),
    };

    private static void WriteNames(IReadOnlyCollection<string> names, WireWriter writer)
    {
        writer.VarUInt((ulong)names.Count);
        foreach (var name in names)
            writer.String(name);
    }

    private static string[] ReadNames(ref WireReader reader)
    {
        var names = new string[reader.Count()];
        for (var i = 0; i < names.Length; i++)
            names[i] = reader.String();
        return names;
    }

    private static void WriteState(ShardState state, WireWriter writer)
    {
        writer.String(state.ShardId);
        WriteNames(state.EntityIds, writer);
    }

    private static ShardState ReadState(ref WireReader reader) => new(reader.String(), ReadNames(ref reader).ToImmutableHashSet());

    private static void WriteStats(ShardRegionStats stats, WireWriter writer)
    {
        writer.VarUInt((ulong)stats.Stats.Count);
        foreach (var (shard, count) in stats.Stats)
        {
            writer.String(shard);
            writer.VarUInt((ulong)count);
        }
        WriteNames(stats.Failed, writer);
    }

    private static ShardRegionStats ReadStats(ref WireReader reader)
    {
        var stats = ImmutableDictionary.CreateBuilder<string, int>();
        for (var count = reader.Count(); count > 0; count--)
            stats[reader.String()] = checked((int)reader.VarUInt());
        return new ShardRegionStats(stats.ToImmutable(), ReadNames(ref reader).ToImmutableHashSet());
    }

    private static Address ReadAddress(ref WireReader reader)
    {
        var text = reader.String();
        return Address.TryParse(text, out var address) ? address : throw new SerializationException($"[{text}] is no address");
    }

    private IActorRef Ref(ref WireReader reader) => ReadRef(ref reader) ?? throw new SerializationException("a reference is missing");

    private void WriteQuery(object obj, WireWriter writer)
    {
        switch (obj)
        {
            case ShardRegion.StartEntity start:
                writer.String(start.EntityId);
                break;
            case CurrentShardRegionState state:
                writer.VarUInt((ulong)state.Shards.Count);
                foreach (var shard in state.Shards)
                    WriteState(shard, writer);
                WriteNames(state.Failed, writer);
                break;
            case ShardState state:
                WriteState(state, writer);
                break;
            case ShardRegionStats stats:
                WriteStats(stats, writer);
                break;
            case CurrentRegions regions:
                WriteNames([.. regions.Regions.Select(region => region.ToString())], writer);
                break;
            case GetClusterShardingStats query:
                writer.Int64(query.Timeout.Ticks);
                break;
            case ClusterShardingStats stats:
                writer.VarUInt((ulong)stats.Regions.Count);
                foreach (var (region, of) in stats.Regions)
                {
                    writer.String(region.ToString());
                    WriteStats(of, writer);
                }
                break;
            case GetShardRegionState or GetShardRegionStats or GetCurrentRegions:
                break;
            default:
                throw Unknown(obj);
        }
    }

    private object ReadQuery(ref WireReader reader, string manifest)
    {
        switch (manifest)
        {
            case "SE":
                return new ShardRegion.StartEntity(reader.String());
            case "QS":
                return GetShardRegionState.Instance;
            case "AS":
                var states = ImmutableHashSet.CreateBuilder<ShardState>();
                for (var count = reader.Count(); count > 0; count--)
                    states.Add(ReadState(ref reader));
                return new CurrentShardRegionState(states.ToImmutable(), ReadNames(ref reader).ToImmutableHashSet());
            case "S":
                return ReadState(ref reader);
            case "QR":
                return GetShardRegionStats.Instance;
            case "AR":
                return ReadStats(ref reader);
            case "QC":
                return GetCurrentRegions.Instance;
            case "AC":
                var regions = ImmutableHashSet.CreateBuilder<Address>();
                for (var count = reader.Count(); count > 0; count--)
                    regions.Add(ReadAddress(ref reader));
                return new CurrentRegions(regions.ToImmutable());
            case "QT":
                return new GetClusterShardingStats(new TimeSpan(reader.Int64()));
            case "AT":
                var all = ImmutableDictionary.CreateBuilder<Address, ShardRegionStats>();
                for (var count = reader.Count(); count > 0; count--)
                    all[ReadAddress(ref reader)] = ReadStats(ref reader);
                return new ClusterShardingStats(all.ToImmutable());
            default:
                throw Unknown(manifest);
        }
    }
}
