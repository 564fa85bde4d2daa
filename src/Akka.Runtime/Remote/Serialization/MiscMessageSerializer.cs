using Akka.Actor;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>The messages that every actor understands, references, and the heartbeats of remote death watch.</summary>
internal sealed class MiscMessageSerializer(ExtendedActorSystem system) : WireSerializer(system)
{
    private const string IdentifyManifest = "ID";
    private const string IdentityManifest = "AID";
    private const string RefManifest = "AR";
    private const string PoisonPillManifest = "PP";
    private const string KillManifest = "K";
    private const string SuccessManifest = "SS";
    private const string FailureManifest = "SF";
    private const string HeartbeatManifest = "RWHB";
    private const string HeartbeatRspManifest = "RWHR";

    public override int Identifier => 16;

    public override string Manifest(object o) => o switch
    {
        Identify => IdentifyManifest,
        ActorIdentity => IdentityManifest,
        IActorRef => RefManifest,
        PoisonPill => PoisonPillManifest,
        Kill => KillManifest,
        Status.Success => SuccessManifest,
        Status.Failure => FailureManifest,
        RemoteWatcher.Heartbeat => HeartbeatManifest,
        RemoteWatcher.HeartbeatRsp => HeartbeatRspManifest,
        _ => throw Unknown(o),
    };

    internal override void Write(object obj, WireWriter writer)
    {
        switch (obj)
        {
            case Identify identify:
                WritePayload(identify.MessageId, writer);
                break;
            case ActorIdentity identity:
                WriteRef(identity.Subject, writer);
                WritePayload(identity.MessageId, writer);
                break;
            case IActorRef actorRef:
                WriteRef(actorRef, writer);
                break;
            case Status.Success success:
                WritePayload(success.Status, writer);
                break;
            case Status.Failure failure:
                ExceptionWire.Write(failure.Cause, writer);
                WritePayload(failure.State, writer);
                break;
            case RemoteWatcher.HeartbeatRsp response:
                writer.Int32(response.AddressUid);
                break;
            case PoisonPill or Kill or RemoteWatcher.Heartbeat:
                break;
            default:
                throw Unknown(obj);
        }
    }

    internal override object Read(ref WireReader reader, string manifest)
    {
        switch (manifest)
        {
            case IdentifyManifest:
                return new Identify(ReadPayload(ref reader)!);
            case IdentityManifest:
                var subject = ReadRef(ref reader);
                return new ActorIdentity(ReadPayload(ref reader)!, subject);
            case RefManifest:
                return ReadRef(ref reader) ?? ActorRefs.Nobody;
            case PoisonPillManifest:
                return PoisonPill.Instance;
            case KillManifest:
                return Kill.Instance;
            case SuccessManifest:
                return new Status.Success(ReadPayload(ref reader));
            case FailureManifest:
                var cause = ExceptionWire.Read(ref reader);
                return new Status.Failure(cause!, ReadPayload(ref reader));
            case HeartbeatManifest:
                return RemoteWatcher.Heartbeat.Instance;
            case HeartbeatRspManifest:
                return new RemoteWatcher.HeartbeatRsp(reader.Int32());
            default:
                throw Unknown(manifest);
        }
    }
}
