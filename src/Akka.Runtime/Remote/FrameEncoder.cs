using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>Makes frames of messages for one connection, whose names and references it remembers. Only for the connection's writer.</summary>
internal sealed class FrameEncoder(Association association)
{
    private const int PayloadKeepMax = 64 * 1024;

    private readonly Remoting _remoting = association.Remoting;
    private readonly WireWriter _payload = new();
    private readonly RefTable.Writer _recipients = new();
    private readonly RefTable.Writer _senders = new();
    private readonly NameTable.Writer _manifests = new();
    private readonly Information _transport = new(association.Remoting.LocalAddress, association.Remoting.System);

    /// <summary>Appends a message's frame to <paramref name="batch"/>; false if it cannot be sent, which is logged.</summary>
    public bool TryWrite(in Outbound outbound, WireWriter batch)
    {
        var message = outbound.Message!;
        Serializer serializer;
        string manifest;
        _payload.Clear(PayloadKeepMax);
        Akka.Serialization.Serialization.TransportOrNull = _transport;
        try
        {
            serializer = _remoting.System.Serialization.FindSerializerFor(message);
            manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
            Akka.Serialization.Serialization.Write(serializer, message, _payload);
        }
        catch (Exception e)
        {
            _remoting.Log.Error(
                e, "a message of type [{0}] to [{1}] is dropped, for it cannot be serialized: {2}", Subject(message).GetType(), outbound.Recipient, e.Message);
            return false;
        }
        finally
        {
            Akka.Serialization.Serialization.TransportOrNull = null;
        }
        if (_payload.Length > _remoting.Settings.FrameBytesMax)
        {
            _remoting.Log.Error(
                "a message of type [{0}] to [{1}] is dropped: serialized it has {2} bytes, and akka.remote.dot-netty.tcp.maximum-frame-size is {3}; raise that on all nodes or send less at once",
                Subject(message).GetType(),
                outbound.Recipient,
                _payload.Length,
                _remoting.Settings.FrameBytesMax);
            return false;
        }
        var at = Begin(outbound.SystemNumber == 0 ? FrameKind.Message : FrameKind.System, batch);
        if (outbound.SystemNumber != 0)
            batch.VarUInt(outbound.SystemNumber);
        _recipients.Write(outbound.Recipient, isRelative: true, batch);
        _senders.Write(outbound.Sender, IsOurs(outbound.Sender), batch);
        batch.VarInt(serializer.Identifier);
        _manifests.Write(manifest, batch);
        batch.Raw(_payload.Written);
        End(at, batch);
        if (_remoting.Settings.LogSend && message is not SystemMessage)
            _remoting.Log.Debug("sent message [{0}] to [{1}] from [{2}]", message, outbound.Recipient, outbound.Sender);
        return true;
    }

    public static int Begin(FrameKind kind, WireWriter batch)
    {
        var at = batch.Length;
        batch.Int32(0);
        batch.Byte((byte)kind);
        return at;
    }

    public static void End(int at, WireWriter batch) => batch.PatchInt32(at, batch.Length - at - sizeof(int));

    public static void WriteAck(ulong number, WireWriter batch)
    {
        var at = Begin(FrameKind.Ack, batch);
        batch.VarUInt(number);
        End(at, batch);
    }

    public static void WriteHeartbeat(WireWriter batch) => End(Begin(FrameKind.Heartbeat, batch), batch);

    public static void WriteParting(FrameKind kind, PartingReason reason, string text, WireWriter batch)
    {
        var at = Begin(kind, batch);
        batch.Byte((byte)reason);
        batch.String(text);
        End(at, batch);
    }

    private static bool IsOurs(IActorRef? sender) => sender is IInternalActorRef { IsLocal: true } && sender.Path.Address.HasLocalScope;

    private static object Subject(object message) => message is IWrappedMessage wrapped ? wrapped.Message : message;
}
