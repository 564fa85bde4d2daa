using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>The system messages that leave a system: those of death watch, and the stop of a remote actor.</summary>
internal sealed class SystemMessageSerializer(ExtendedActorSystem system) : WireSerializer(system)
{
    private const string WatchManifest = "W";
    private const string UnwatchManifest = "UW";
    private const string DeathManifest = "DWN";
    private const string TerminateManifest = "T";

    public override int Identifier => 22;

    public override string Manifest(object o) => o switch
    {
        Watch => WatchManifest,
        Unwatch => UnwatchManifest,
        DeathWatchNotification => DeathManifest,
        Terminate => TerminateManifest,
        _ => throw Unknown(o),
    };

    internal override void Write(object obj, WireWriter writer)
    {
        switch (obj)
        {
            case Watch watch:
                WriteRef(watch.Watchee, writer);
                WriteRef(watch.Watcher, writer);
                break;
            case Unwatch unwatch:
                WriteRef(unwatch.Watchee, writer);
                WriteRef(unwatch.Watcher, writer);
                break;
            case DeathWatchNotification death:
                WriteRef(death.Actor, writer);
                writer.Bool(death.ExistenceConfirmed);
                writer.Bool(death.AddressTerminated);
                break;
            case Terminate:
                break;
            default:
                throw Unknown(obj);
        }
    }

    internal override object Read(ref WireReader reader, string manifest) => manifest switch
    {
        WatchManifest => new Watch(InternalRef(ref reader), InternalRef(ref reader)),
        UnwatchManifest => new Unwatch(InternalRef(ref reader), InternalRef(ref reader)),
        DeathManifest => new DeathWatchNotification(InternalRef(ref reader), reader.Bool(), reader.Bool()),
        TerminateManifest => new Terminate(),
        _ => throw Unknown(manifest),
    };

    private IInternalActorRef InternalRef(ref WireReader reader) =>
        ReadRef(ref reader) as IInternalActorRef ?? throw new SerializationException("a system message lacks an actor");
}
