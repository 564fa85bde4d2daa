using System.Text;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>The APIs that a gateway serves, by key: what ApiVersions announces and what the README's table says.</summary>
public sealed class HandlerTable
{
    private readonly IFrameHandler?[] _byKey;

    /// <param name="handlers">One an API.</param>
    public HandlerTable(IEnumerable<IRequestHandler> handlers)
    {
        Handlers = [.. handlers.OrderBy(h => h.ApiKey)];
        _byKey = new IFrameHandler?[Handlers.Count == 0 ? 0 : (int)Handlers[^1].ApiKey + 1];
        foreach (var handler in Handlers)
        {
            if (handler is not IFrameHandler frameHandler)
                throw new ArgumentException($"{handler.GetType().Name} is no RequestHandler<,>: the gateway cannot call it.", nameof(handlers));
            ref var place = ref _byKey[(int)handler.ApiKey];
            if (place is not null)
                throw new ArgumentException($"{place.GetType().Name} and {handler.GetType().Name} both serve {handler.ApiKey}.", nameof(handlers));
            place = frameHandler;
            (handler as ApiVersionsHandler)?.Announce(this);
        }
    }

    /// <summary>By rising API key.</summary>
    public IReadOnlyList<IRequestHandler> Handlers { get; }

    /// <summary>As a Markdown table.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder("| key | API | versions |\n|---:|---|---|\n");
        foreach (var handler in Handlers)
            text.Append($"| {(int)handler.ApiKey} | {handler.ApiKey} | {handler.Versions.Min}–{handler.Versions.Max} |\n");
        return text.ToString();
    }

    internal IFrameHandler? Find(ApiKey apiKey) => (uint)apiKey < (uint)_byKey.Length ? _byKey[(int)apiKey] : null;
}
