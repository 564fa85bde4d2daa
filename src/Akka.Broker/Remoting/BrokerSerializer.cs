using System.Globalization;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Nodes.Downing;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Operations;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Remoting.Wire;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Serialization;

namespace Akka.Broker.Remoting;

/// <summary>
/// The broker's messages between nodes. The manifest says what the bytes are:
/// <code>
/// q/KEY/VERSION   a request of the protocol in that version, for the controller     int8 origin, body
/// p/KEY/VERSION   its response                                                      int64 metadata offset, body
/// NAME            one of the broker's own                                           int16 version, body    (schema/ControllerMessages.msg)
/// </code>
/// Bytes of a newer build that this one does not know are refused by name, and the asker's time runs out. Any thread.
/// </summary>
public sealed class BrokerSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string RequestPrefix = "q/";
    private const string ResponsePrefix = "p/";

    private static readonly Dictionary<Type, ApiVersionRange> ByRequest =
        KnownApis.All.ToDictionary(api => KnownApis.CreateRequest(api.ApiKey).GetType());

    private static readonly Dictionary<Type, ApiVersionRange> ByResponse =
        KnownApis.All.ToDictionary(api => KnownApis.CreateResponse(api.ApiKey).GetType());

    /// <summary>What the wire calls this serializer, on all nodes and for ever.</summary>
    public override int Identifier => 1100;

    public override string Manifest(object o) => o switch
    {
        AdminCommand command => ManifestOf(RequestPrefix, ByRequest[command.Request.GetType()], command.Version),
        AdminAnswer answer => ManifestOf(ResponsePrefix, ByResponse[answer.Response.GetType()], answer.Version),
        RegisterBroker => "register",
        BrokerRegistered => "registered",
        AllocateProducerIds => "allocate-ids",
        ProducerIdBlock => "ids",
        ShutDownBroker => "shut-down",
        BrokerShuttingDown => "shutting-down",
        ReportOfflineReplicas => "offline-replicas",
        OfflineReplicasNoted => "offline-replicas-noted",
        ControllerUnavailable => "unavailable",
        AskNodeState => "node-state?",
        NodeStateTold => "node-state",
        WhomDoYouReach => "reach?",
        IReach => "reach",
        InspectNode => "inspect",
        NodeInspected => "inspected",
        AwaitMetadata => "await-metadata",
        MetadataFollowed => "metadata-followed",
        _ => throw new SerializationException($"{o.GetType().Name} is no message that goes to another node"),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        AdminCommand command => Write(w => w.WriteInt8((sbyte)command.Origin), command.Request, VersionOf(ByRequest[command.Request.GetType()], command.Version)),
        AdminAnswer answer => Write(w => w.WriteInt64(answer.MetadataOffset), answer.Response, VersionOf(ByResponse[answer.Response.GetType()], answer.Version)),
        RegisterBroker command => Write(ToWire(command.Registration)),
        BrokerRegistered answer => Write(new BrokerRegisteredMessage { BrokerEpoch = answer.BrokerEpoch, MetadataOffset = answer.MetadataOffset }),
        AllocateProducerIds command => Write(new AllocateProducerIdsMessage { BrokerId = command.BrokerId, BrokerEpoch = command.BrokerEpoch }),
        ProducerIdBlock answer => Write(new ProducerIdBlockMessage { ErrorCode = answer.Error, FirstId = answer.FirstId, Count = answer.Count }),
        ShutDownBroker command => Write(new ShutDownBrokerMessage { BrokerId = command.BrokerId, BrokerEpoch = command.BrokerEpoch }),
        BrokerShuttingDown answer => Write(new BrokerShuttingDownMessage
        {
            ErrorCode = answer.Error,
            Remaining = answer.Remaining,
            MetadataOffset = answer.MetadataOffset,
        }),
        ReportOfflineReplicas command => Write(ToWire(command.Report)),
        OfflineReplicasNoted answer => Write(new OfflineReplicasNotedMessage { ErrorCode = answer.Error, MetadataOffset = answer.MetadataOffset }),
        ControllerUnavailable answer => Write(new ControllerUnavailableMessage { ErrorCode = answer.Error, Message = answer.Message }),
        AskNodeState => [],
        NodeStateTold told => Write(w => w.WriteInt16(NodeStateResponse.HighestVersion), told.State, NodeStateResponse.HighestVersion),
        WhomDoYouReach question => Write(new WhomDoYouReachMessage { Suspects = [.. question.Suspects], Addresses = [.. question.Addresses] }),
        IReach answer => Write(new IReachMessage { Observer = answer.Observer, Suspects = [.. answer.Suspects] }),
        InspectNode question => Write(new InspectNodeMessage { Subject = question.Subject, Argument = question.Argument }),
        NodeInspected answer => Write(new NodeInspectedMessage
        {
            Problem = answer.Problem,
            Rows = [.. answer.Rows.Select(r => new NodeInspectedMessage.InspectedRow { Cells = [.. r] })],
        }),
        AwaitMetadata question => Write(new AwaitMetadataMessage { MetadataOffset = question.MetadataOffset }),
        MetadataFollowed => [],
        _ => throw new SerializationException($"{obj.GetType().Name} is no message that goes to another node"),
    };

    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return Read(bytes, manifest);
        }
        catch (Exception cause) when (cause is MalformedMessageException or NotSupportedException)
        {
            throw new SerializationException($"a message '{manifest}' of another node cannot be read: {cause.Message}", cause);
        }
    }

    private static object Read(byte[] bytes, string manifest)
    {
        if (manifest.StartsWith(RequestPrefix, StringComparison.Ordinal))
        {
            var api = Parse(manifest, out var version);
            var reader = new MessageReader(bytes);
            var origin = (CommandOrigin)reader.ReadInt8();
            var request = KnownApis.CreateRequest(api);
            request.Read(ref reader, version);
            reader.ExpectEnd();
            return new AdminCommand(request, origin) { Version = version };
        }
        if (manifest.StartsWith(ResponsePrefix, StringComparison.Ordinal))
        {
            var api = Parse(manifest, out var version);
            var reader = new MessageReader(bytes);
            var offset = reader.ReadInt64();
            var response = KnownApis.CreateResponse(api);
            response.Read(ref reader, version);
            reader.ExpectEnd();
            return new AdminAnswer(response, offset) { Version = version };
        }
        return ReadOwn(bytes, manifest);
    }

    private static object ReadOwn(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case "register":
                return new RegisterBroker(FromWire(VersionedMessage.Read<RegisterBrokerMessage>(bytes)));
            case "registered":
                var registered = VersionedMessage.Read<BrokerRegisteredMessage>(bytes);
                return new BrokerRegistered(registered.BrokerEpoch, registered.MetadataOffset);
            case "allocate-ids":
                var allocate = VersionedMessage.Read<AllocateProducerIdsMessage>(bytes);
                return new AllocateProducerIds(allocate.BrokerId, allocate.BrokerEpoch);
            case "ids":
                var block = VersionedMessage.Read<ProducerIdBlockMessage>(bytes);
                return new ProducerIdBlock(block.ErrorCode, block.FirstId, block.Count);
            case "shut-down":
                var shutDown = VersionedMessage.Read<ShutDownBrokerMessage>(bytes);
                return new ShutDownBroker(shutDown.BrokerId, shutDown.BrokerEpoch);
            case "offline-replicas":
                return new ReportOfflineReplicas(FromWire(VersionedMessage.Read<OfflineReplicasMessage>(bytes)));
            case "offline-replicas-noted":
                var noted = VersionedMessage.Read<OfflineReplicasNotedMessage>(bytes);
                return new OfflineReplicasNoted(noted.ErrorCode, noted.MetadataOffset);
            case "shutting-down":
                var shuttingDown = VersionedMessage.Read<BrokerShuttingDownMessage>(bytes);
                return new BrokerShuttingDown(shuttingDown.ErrorCode, shuttingDown.Remaining, shuttingDown.MetadataOffset);
            case "unavailable":
                var unavailable = VersionedMessage.Read<ControllerUnavailableMessage>(bytes);
                return new ControllerUnavailable(unavailable.ErrorCode, unavailable.Message);
            case "node-state?":
                return AskNodeState.Instance;
            case "node-state":
                var reader = new MessageReader(bytes);
                var version = reader.ReadInt16();
                var state = new NodeStateResponse();
                state.Read(ref reader, version);
                reader.ExpectEnd();
                return new NodeStateTold(state);
            case "reach?":
                var question = VersionedMessage.Read<WhomDoYouReachMessage>(bytes);
                return new WhomDoYouReach(question.Suspects, question.Addresses);
            case "reach":
                var reach = VersionedMessage.Read<IReachMessage>(bytes);
                return new IReach(reach.Observer, reach.Suspects);
            case "inspect":
                var inspect = VersionedMessage.Read<InspectNodeMessage>(bytes);
                return new InspectNode(inspect.Subject, inspect.Argument);
            case "inspected":
                var inspected = VersionedMessage.Read<NodeInspectedMessage>(bytes);
                return new NodeInspected([.. inspected.Rows.Select(r => r.Cells)], inspected.Problem);
            case "await-metadata":
                return new AwaitMetadata(VersionedMessage.Read<AwaitMetadataMessage>(bytes).MetadataOffset);
            case "metadata-followed":
                return MetadataFollowed.Instance;
            default:
                throw new SerializationException($"a message '{manifest}' of another node is not known here: it runs a newer release, start this node with it too");
        }
    }

    private static short VersionOf(ApiVersionRange api, short version) => version == AdminCommand.HighestVersion ? api.Highest : version;

    private static string ManifestOf(string prefix, ApiVersionRange api, short version) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{(int)api.ApiKey}/{VersionOf(api, version)}");

    private static ApiKey Parse(string manifest, out short version)
    {
        version = -1;
        var parts = manifest.Split('/');
        if (parts.Length != 3
            || !short.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            || !short.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out version)
            || !KnownApis.TryGet((ApiKey)key, out var range)
            || !range.Contains(version))
        {
            throw new SerializationException($"a message '{manifest}' of another node is of an API or version that is not known here");
        }
        return (ApiKey)key;
    }

    private static byte[] Write(Action<MessageWriter> head, IMessage body, short version)
    {
        using var writer = new MessageWriter();
        head(writer);
        body.Write(writer, version);
        return writer.ToArray();
    }

    private static byte[] Write<T>(T message) where T : IData => VersionedMessage.ToArray(message, T.HighestVersion);

    private const long NotSaid = -2;

    private static RegisterBrokerMessage ToWire(BrokerRegistration registration) => new()
    {
        BrokerId = registration.BrokerId,
        IncarnationId = registration.IncarnationId,
        DirectoryId = registration.DirectoryId,
        Rack = registration.Rack,
        WasCleanStop = registration.WasCleanStop,
        AkkaAddress = registration.AkkaAddress,
        MetadataVersionMin = registration.MetadataVersionMin,
        MetadataVersionMax = registration.MetadataVersionMax,
        MinInsyncReplicas = registration.MinInsyncReplicas,
        CleanStopEpoch = registration.CleanStopEpoch ?? NotSaid,
        LogEnds = [.. registration.LogEnds.Select(e => new RegisterBrokerMessage.LogEnd
        {
            TopicId = e.TopicId, PartitionIndex = e.Partition, Epoch = e.Epoch, EndOffset = e.Offset,
        })],
        Endpoints = [.. registration.Endpoints.Select(e => new RegisterBrokerMessage.AdvertisedEndpoint
        {
            Listener = e.Listener, Host = e.Host, Port = checked((ushort)e.Port), SecurityProtocol = e.SecurityProtocol,
        })],
    };

    private static OfflineReplicasMessage ToWire(OfflineReport report) => new()
    {
        BrokerId = report.BrokerId,
        BrokerEpoch = report.BrokerEpoch,
        Reason = report.Reason,
        Replicas = [.. report.Replicas.Select(r => new OfflineReplicasMessage.OfflineLog
        {
            TopicId = r.TopicId, PartitionIndex = r.Partition, Epoch = r.Epoch, EndOffset = r.Offset,
        })],
    };

    private static OfflineReport FromWire(OfflineReplicasMessage message) => new(
        message.BrokerId,
        message.BrokerEpoch,
        [.. message.Replicas.Select(r => new ReplicaLogEnd(r.TopicId, r.PartitionIndex, r.Epoch, r.EndOffset))],
        message.Reason);

    private static BrokerRegistration FromWire(RegisterBrokerMessage message) => new(
        message.BrokerId,
        message.IncarnationId,
        message.DirectoryId,
        message.Rack,
        [.. message.Endpoints.Select(e => new BrokerEndpoint(e.Listener, e.Host, e.Port, e.SecurityProtocol))],
        message.WasCleanStop)
    {
        AkkaAddress = message.AkkaAddress,
        MetadataVersionMin = message.MetadataVersionMin,
        MetadataVersionMax = message.MetadataVersionMax,
        MinInsyncReplicas = message.MinInsyncReplicas,
        CleanStopEpoch = message.CleanStopEpoch == NotSaid ? null : message.CleanStopEpoch,
        LogEnds = [.. message.LogEnds.Select(e => new ReplicaLogEnd(e.TopicId, e.PartitionIndex, e.Epoch, e.EndOffset))],
    };
}
