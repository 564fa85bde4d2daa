using Akka.Broker.Gateway;

namespace Akka.Broker.Groups.Handlers;

/// <summary>A member's host as tools are used to see it: a slash and the address.</summary>
internal static class ClientHost
{
    public static string Of(RequestContext context) =>
        $"/{(context.Remote.Address.IsIPv4MappedToIPv6 ? context.Remote.Address.MapToIPv4() : context.Remote.Address)}";
}
