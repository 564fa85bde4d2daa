namespace Akka.Broker.Storage.Disks;

/// <summary>What a file system has, and what of it this process may still take, in bytes.</summary>
public readonly record struct DiskSpace(long FreeBytes, long TotalBytes);
