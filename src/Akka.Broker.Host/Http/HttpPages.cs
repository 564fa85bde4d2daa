using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Broker.Metrics;
using Akka.Broker.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.Broker.Host.Http;

/// <summary>
/// What is answered over HTTP.
/// <code>
///   GET /healthz  200 while the process works, 503 once its node is over for good
///   GET /readyz   200 if the node does what the cluster expects of it, else 503; either way JSON that says what is missing
///   GET /metrics  the figures, in Prometheus' text format
/// </code>
/// Any thread. The node comes later than the pages: what is asked before is answered as "starting".
/// </summary>
internal sealed class HttpPages : IHttpApplication<HttpContext>, IDisposable
{
    public const string Figures = "/metrics";

    private const string Json = "application/json; charset=utf-8";
    private readonly Lock _gate = new();
    private volatile BrokerNode? _node;
    private PrometheusExporter? _exporter;

    /// <summary>Known from here on; perhaps still on its way.</summary>
    public BrokerNode? Node
    {
        get => _node;
        set => _node = value;
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.Headers.Allow = "GET, HEAD";
            await AnswerAsync(response, StatusCodes.Status405MethodNotAllowed, "text/plain", "Only GET and HEAD are served.\n"u8.ToArray()).ConfigureAwait(false);
            return;
        }

        switch (request.Path.Value)
        {
            case "/healthz":
                await AnswerHealthAsync(response).ConfigureAwait(false);
                break;
            case "/readyz":
                await AnswerReadinessAsync(response, context.RequestAborted).ConfigureAwait(false);
                break;
            case Figures:
                await AnswerFiguresAsync(response).ConfigureAwait(false);
                break;
            default:
                await AnswerAsync(response, StatusCodes.Status404NotFound, "text/plain", "Served here: /healthz, /readyz, /metrics.\n"u8.ToArray()).ConfigureAwait(false);
                break;
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _exporter?.Dispose();
    }

    private Task AnswerHealthAsync(HttpResponse response)
    {
        var isOver = _node is { Completion.IsFaulted: true };
        var health = new Health(isOver ? "lost" : _node is null ? "starting" : "running");
        return AnswerAsync(
            response, isOver ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK, Json, JsonSerializer.SerializeToUtf8Bytes(health, HttpJson.Default.Health));
    }

    private async Task AnswerReadinessAsync(HttpResponse response, CancellationToken aborted)
    {
        var health = _node is { } node ? await node.CheckHealthAsync(aborted).ConfigureAwait(false) : null;
        health ??= new NodeHealth(false, -1, "", -1, -1, -1, 0, 0, ["The node opens its data folders."]);
        var status = health.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await AnswerAsync(response, status, Json, JsonSerializer.SerializeToUtf8Bytes(Readiness.Of(health), HttpJson.Default.Readiness)).ConfigureAwait(false);
    }

    private Task AnswerFiguresAsync(HttpResponse response)
    {
        if (Exporter() is not { } exporter)
        {
            return AnswerAsync(
                response, StatusCodes.Status503ServiceUnavailable, "text/plain", "There are no figures: the node is starting, or akka.broker.metrics.enabled is false.\n"u8.ToArray());
        }

        var page = new ArrayBufferWriter<byte>();
        exporter.WriteTo(page);
        return AnswerAsync(response, StatusCodes.Status200OK, PrometheusExporter.ContentType, page.WrittenMemory);
    }

    private PrometheusExporter? Exporter()
    {
        lock (_gate)
            return _exporter ??= _node?.Meter is { } meter ? new PrometheusExporter(meter) : null;
    }

    private static async Task AnswerAsync(HttpResponse response, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            await response.Body.WriteAsync(body).ConfigureAwait(false);
    }
}

/// <summary>Of <c>/healthz</c>.</summary>
internal sealed record Health(string Status);

/// <summary>Of <c>/readyz</c>.</summary>
internal sealed record Readiness(
    bool Ready, int NodeId, string ClusterId, long BrokerEpoch, int ControllerId, long MetadataOffset, int LeadsPartitions, int FollowsPartitions, IReadOnlyList<string> Missing)
{
    public static Readiness Of(NodeHealth health) => new(
        health.IsReady, health.NodeId, health.ClusterId, health.BrokerEpoch, health.ControllerId, health.MetadataOffset, health.Leads, health.Follows, health.Missing);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Readiness))]
internal sealed partial class HttpJson : JsonSerializerContext;
