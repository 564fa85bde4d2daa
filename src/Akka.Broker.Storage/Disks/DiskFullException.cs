namespace Akka.Broker.Storage.Disks;

/// <summary>The disk, or the owner's quota of it, has no space left. Nothing is broken: space that is freed makes writes work again.</summary>
public sealed class DiskFullException(string message, Exception? inner = null) : IOException(message, inner);
