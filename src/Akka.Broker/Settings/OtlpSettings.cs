namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.otlp</c>: where figures and spans are sent to.</summary>
/// <param name="Endpoint">Null: nowhere.</param>
/// <param name="Protocol">By which of OTLP's two.</param>
/// <param name="IntervalMs">How often figures are sent.</param>
/// <param name="TracesEnabled">Whether a span a request is sent too.</param>
public sealed record OtlpSettings(Uri? Endpoint, OtlpProtocol Protocol, int IntervalMs, bool TracesEnabled)
{
    internal static OtlpSettings From(SettingsReader reader) => new(
        ReadEndpoint(reader),
        ReadProtocol(reader),
        (int)reader.Ms("otlp.interval.ms", 100, int.MaxValue),
        reader.Bool("otlp.traces.enabled"));

    private static Uri? ReadEndpoint(SettingsReader reader)
    {
        if (reader.OptionalText("otlp.endpoint") is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https")
            return endpoint;
        reader.Refuse("otlp.endpoint", text, "an address such as http://127.0.0.1:4317");
        return null;
    }

    private static OtlpProtocol ReadProtocol(SettingsReader reader)
    {
        switch (reader.Text("otlp.protocol"))
        {
            case "grpc":
                return OtlpProtocol.Grpc;
            case "http/protobuf":
                return OtlpProtocol.HttpProtobuf;
            case var other:
                reader.Refuse("otlp.protocol", other, "grpc or http/protobuf");
                return OtlpProtocol.Grpc;
        }
    }
}

/// <summary>How OTLP is spoken.</summary>
public enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
}
