using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Protocol.Messages;

/// <summary>What generated messages throw when their caller, not the bytes, is wrong.</summary>
public static class MessageVersions
{
    [DoesNotReturn]
    public static void ThrowUnknown(string message, short version, short lowest, short highest) =>
        throw new NotSupportedException($"{message} has no version {version}; {lowest} to {highest} are known.");

    [DoesNotReturn]
    public static void ThrowNoPlace(string message, string field, short version) =>
        throw new NotSupportedException($"{message} version {version} has no place for {field}, which is set.");
}
