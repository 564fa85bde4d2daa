using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>
/// Turns one connection's message frames back into messages and hands them to their actors. Only for the connection's reader, so that
/// messages of one sender keep their order. A message that cannot be read is logged and dropped; the connection goes on.
/// </summary>
internal sealed class FrameDecoder
{
    private readonly Association _association;
    private readonly Remoting _remoting;
    private readonly LocalActorRefProvider _local;
    private readonly RefTable.Reader _recipients;
    private readonly RefTable.Reader _senders;
    private readonly NameTable.Reader _manifests = new();
    private readonly ActorPath _peerRoot;
    private readonly ActorPath _peerTemp;

    public FrameDecoder(Association association)
    {
        _association = association;
        _remoting = association.Remoting;
        _local = _remoting.System.Local;
        _peerRoot = new RootActorPath(association.RemoteAddress);
        _peerTemp = _peerRoot / "temp";
        _recipients = new RefTable.Reader(ResolveRecipient);
        _senders = new RefTable.Reader(ResolveSender);
    }

    public void DeliverMessage(WireReader reader) => Deliver(ref reader, 0);

    /// <summary>Delivers a system message if it is the next one. Its names count in any case.</summary>
    public void DeliverSystem(WireReader reader, SystemMessageInbox inbox)
    {
        var number = reader.VarUInt();
        Deliver(ref reader, number, inbox);
    }

    private void Deliver(ref WireReader reader, ulong number, SystemMessageInbox? inbox = null)
    {
        var recipient = _recipients.Read(ref reader) ?? throw new InvalidDataException("a message has no recipient");
        var sender = _senders.Read(ref reader);
        var serializer = (int)reader.VarInt();
        var manifest = _manifests.Read(ref reader);
        if (inbox is not null && !inbox.Accept(number))
            return;
        object message;
        try
        {
            message = _remoting.System.Serialization.Read(reader.Rest, serializer, manifest)
                ?? throw new SerializationException("the message is null");
        }
        catch (Exception e)
        {
            _remoting.Log.Error(
                e,
                "a message from [{0}] to [{1}] is dropped, for it cannot be read (serializer {2}, manifest [{3}], {4} bytes): {5}",
                (object?)sender ?? _association.RemoteAddress,
                recipient,
                serializer,
                manifest,
                reader.Remaining,
                e.Message);
            return;
        }
        if (_remoting.Settings.LogReceive && message is not SystemMessage)
            _remoting.Log.Debug("received message [{0}] to [{1}] from [{2}]", message, recipient, sender);
        try
        {
            Deliver(recipient, message, sender, inbox is not null);
        }
        catch (Exception e)
        {
            // One recipient's trouble is not the connection's.
            _remoting.Log.Error(e, "a message of type [{0}] cannot be delivered to [{1}]: {2}", message.GetType(), recipient, e.Message);
        }
    }

    private static void Deliver(IActorRef recipient, object message, IActorRef? sender, bool isSystem)
    {
        switch (message)
        {
            case SystemMessage system:
                // Without its number it did not come the reliable way, and only the runtime sends such messages.
                if (isSystem)
                    ((IInternalActorRef)recipient).SendSystemMessage(system);
                break;
            case ActorSelectionMessage selection when recipient is LocalActorRef:
                SelectionDelivery.Deliver(recipient, selection, sender);
                break;
            default:
                recipient.Tell(message, sender);
                break;
        }
    }

    private IActorRef ResolveRecipient(string path) => _local.ResolveLocal(path);

    /// <summary>A path without an address is the peer's.</summary>
    private IActorRef ResolveSender(string path)
    {
        if (path.Length == 0 || path[0] != '/')
            return _remoting.System.Serialization.DeserializeActorRef(path);
        if (path.StartsWith(RefTable.TempPrefix, StringComparison.Ordinal))
            return new RemoteActorRef(_association, _peerTemp.Child(path[RefTable.TempPrefix.Length..]));
        return ActorPath.TryParse(_peerRoot, path, out var parsed)
            ? new RemoteActorRef(_association, parsed)
            : throw new InvalidDataException($"[{path}] is no actor's path");
    }
}
