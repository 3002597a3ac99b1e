// Alibaba Cloud's Go SDKs behind the protocol of piped.py: a request in JSON on each line of stdin, its answer on
// a line of stdout.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	newecs "github.com/alibabacloud-go/ecs-20140526/v7/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	oldecs "github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	oldsts "github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
)

const region = "cn-hangzhou"

type request struct {
	Client     string         `json:"client"`
	Endpoint   string         `json:"endpoint"`
	Key        string         `json:"key"`
	Secret     string         `json:"secret"`
	Token      string         `json:"token"`
	Operation  string         `json:"operation"`
	Parameters map[string]any `json:"parameters"`
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if err := decoder.Decode(&asked); err != nil {
			panic(err)
		}
		answer, err := call(asked)
		if err := out.Encode(reply(answer, err)); err != nil {
			panic(err)
		}
	}
}

func call(asked request) (any, error) {
	switch asked.Client {
	case "old":
		return callOld(asked)
	case "acs3":
		return callNew(asked, nil)
	case "rpc1":
		return callNew(asked, tea.String("v2"))
	}
	return nil, fmt.Errorf("there is no client %s", asked.Client)
}

// reply is the answer, or what the service refused with, or what went wrong in the SDK.
func reply(answer any, err error) map[string]any {
	var old *sdkerrors.ServerError
	if errors.As(err, &old) {
		return map[string]any{"status": old.HttpStatus(), "code": old.ErrorCode(), "message": old.Message()}
	}
	var tead *tea.SDKError
	if errors.As(err, &tead) {
		return map[string]any{"status": tea.IntValue(tead.StatusCode), "code": tea.StringValue(tead.Code), "message": tea.StringValue(tead.Message)}
	}
	var daraError dara.BaseError
	if errors.As(err, &daraError) {
		out := map[string]any{"code": dara.StringValue(daraError.GetCode()), "message": daraError.Error()}
		var response interface{ GetStatusCode() *int }
		if errors.As(err, &response) {
			out["status"] = dara.IntValue(response.GetStatusCode())
		}
		return out
	}
	if errors.Is(err, errUnsayable) {
		return map[string]any{"unsayable": err.Error()}
	}
	if err != nil {
		return map[string]any{"broken": fmt.Sprintf("%T: %v", err, err)}
	}
	return map[string]any{"answer": answer}
}

// errUnsayable is the error for parameters that the types of the SDK cannot hold.
var errUnsayable = errors.New("the model cannot hold the parameters")

// fill puts parameters into a request model, whose members have the names of the API.
func fill(parameters map[string]any, into any) error {
	text, err := json.Marshal(parameters)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errUnsayable, err)
	}
	return nil
}

// alibaba-cloud-sdk-go, which signs with RPC 1.0.
func callOld(asked request) (any, error) {
	var credential auth.Credential = credentials.NewAccessKeyCredential(asked.Key, asked.Secret)
	if asked.Token != "" {
		credential = credentials.NewStsTokenCredential(asked.Key, asked.Secret, asked.Token)
	}
	config := sdk.NewConfig().WithAutoRetry(false).WithScheme("HTTP")
	switch asked.Operation {
	case "describe_images":
		client, err := oldecs.NewClientWithOptions(region, config, credential)
		if err != nil {
			return nil, err
		}
		images := oldecs.CreateDescribeImagesRequest()
		images.Domain = asked.Endpoint
		// The model has texts for numbers and booleans, and lacks a parameter.
		texts := map[string]any{}
		for name, value := range asked.Parameters {
			switch value := value.(type) {
			case json.Number:
				// The answer repeats numbers, in members that are integers.
				if _, err := value.Int64(); err != nil {
					return nil, fmt.Errorf("%w: %w", errUnsayable, err)
				}
				texts[name] = value.String()
			case bool:
				texts[name] = fmt.Sprint(value)
			default:
				texts[name] = value
			}
		}
		if usable, given := texts["Usable"]; given {
			images.QueryParams["Usable"] = usable.(string)
			delete(texts, "Usable")
		}
		images.RegionId = fmt.Sprint(texts["RegionId"])
		delete(texts, "RegionId")
		if err := fill(texts, images); err != nil {
			return nil, err
		}
		answer, err := client.DescribeImages(images)
		if err != nil {
			return nil, err
		}
		return map[string]any{"Images": answer.Images, "TotalCount": answer.TotalCount}, nil
	case "describe_regions":
		client, err := oldecs.NewClientWithOptions(region, config, credential)
		if err != nil {
			return nil, err
		}
		regions := oldecs.CreateDescribeRegionsRequest()
		regions.Domain = asked.Endpoint
		answer, err := client.DescribeRegions(regions)
		if err != nil {
			return nil, err
		}
		return answer.Regions, nil
	case "assume_role":
		client, err := oldsts.NewClientWithOptions(region, config, credential)
		if err != nil {
			return nil, err
		}
		role := oldsts.CreateAssumeRoleRequest()
		role.Domain = asked.Endpoint
		role.Scheme = "HTTP"
		role.RoleArn = fmt.Sprint(asked.Parameters["RoleArn"])
		role.RoleSessionName = fmt.Sprint(asked.Parameters["RoleSessionName"])
		role.DurationSeconds = requests.NewInteger(900)
		answer, err := client.AssumeRole(role)
		if err != nil {
			return nil, err
		}
		return answer.Credentials, nil
	}
	return nil, fmt.Errorf("there is no operation %s", asked.Operation)
}

// ecs-20140526, which signs with ACS3 or, with the algorithm v2, with RPC 1.0.
func callNew(asked request, algorithm *string) (any, error) {
	config := &openapiutil.Config{
		AccessKeyId:        tea.String(asked.Key),
		AccessKeySecret:    tea.String(asked.Secret),
		Endpoint:           tea.String(asked.Endpoint),
		Protocol:           tea.String("http"),
		RegionId:           tea.String(region),
		SignatureAlgorithm: algorithm,
	}
	if asked.Token != "" {
		config.SecurityToken = tea.String(asked.Token)
	}
	if asked.Operation == "assume_role" {
		return assumeRole(config, asked.Parameters)
	}
	client, err := newecs.NewClient(config)
	if err != nil {
		return nil, err
	}
	if asked.Operation == "describe_regions" {
		answer, err := client.DescribeRegions(&newecs.DescribeRegionsRequest{})
		if err != nil {
			return nil, err
		}
		return answer.Body, nil
	}
	images := &newecs.DescribeImagesRequest{}
	if err := fill(asked.Parameters, images); err != nil {
		return nil, err
	}
	answer, err := client.DescribeImages(images)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// assumeRole calls STS through the core of the SDK: the module proxy does not serve the STS module.
func assumeRole(config *openapiutil.Config, parameters map[string]any) (any, error) {
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	query := map[string]*string{}
	for name, value := range parameters {
		query[name] = tea.String(fmt.Sprint(value))
	}
	params := &openapiutil.Params{
		Action: tea.String("AssumeRole"), Version: tea.String("2015-04-01"), Protocol: tea.String("HTTP"),
		Pathname: tea.String("/"), Method: tea.String("POST"), AuthType: tea.String("AK"), Style: tea.String("RPC"),
		ReqBodyType: tea.String("formData"), BodyType: tea.String("json"),
	}
	answer, err := client.CallApi(params, &openapiutil.OpenApiRequest{Query: query}, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	return answer["body"].(map[string]any)["Credentials"], nil
}
